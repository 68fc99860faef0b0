import { z } from 'zod';

/** Name of a file in a store: no folder, nothing that a shell or apt would read as something else. */
const fileName = z.string().regex(/^[A-Za-z0-9@_][A-Za-z0-9@._+~-]{0,250}$/);

export const carriedPackageSchema = z.strictObject({
  name: z.string().min(1).max(250),
  version: z.string().min(1).max(250),
  file: fileName.optional().meta({ description: 'absent where the base image already has it' }),
  provides: z.array(z.string()).optional().meta({ description: 'other names that install it' }),
});
export type CarriedPackage = z.output<typeof carriedPackageSchema>;

export const depotSchema = z.object({
  image: z.string().meta({ description: 'image of the recipe, in build-cache/recipes.json' }),
  stage: z.string().meta({ description: 'stage whose steps fetched the packages' }),
  folder: z
    .string()
    .regex(/^\d{1,4}$/)
    .meta({ description: 'folder below build-cache/packages' }),
  apt: z.array(carriedPackageSchema).optional(),
  npm: z.array(carriedPackageSchema).optional(),
  pip: z.array(carriedPackageSchema).optional(),
});
/** The packages that a bundle carries for one stage. */
export type Depot = z.output<typeof depotSchema>;

/** `build-cache/packages/index.json`. */
export const depotsSchema = z.object({
  schemaVersion: z.literal(1),
  depots: z.array(depotSchema),
});
