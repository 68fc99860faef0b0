import { digestSchema, imageReference } from '@bundle/format';
import { z } from 'zod';
import { contextEntrySchema, stepSchema } from './schema.ts';

export const recipesVersion = 1;

const stringMap = z.record(z.string(), z.string());

/** One image that can be rebuilt: how it was built, and from what, when the bundle was made. */
export const recipeSchema = z.strictObject({
  services: z.array(z.string()).min(1).meta({ description: 'Compose services that run the image' }),
  image: imageReference,
  context: z.string().meta({ description: 'folder of the build, relative to the project folder' }),
  dockerfile: z
    .union([
      z.strictObject({ path: z.string().meta({ description: 'relative to the context' }) }),
      z.strictObject({ text: z.string().meta({ description: 'Compose’s dockerfile_inline' }) }),
    ])
    .meta({ description: 'where the Dockerfile is' }),
  dockerfileDigest: digestSchema
    .optional()
    .meta({ description: 'digest of the Dockerfile’s text, which its own context may leave out' }),
  target: z.string().optional(),
  platform: z.string(),
  buildArgs: stringMap,
  labels: stringMap,
  buildContexts: stringMap.meta({
    description: 'named contexts: folders relative to the project folder, or docker-image://NAME',
  }),
  network: z.string().optional(),
  extraHosts: z.array(z.string()),
  shmSize: z.string().optional(),
  ulimits: z.array(z.string()),
  stages: z
    .array(
      z.strictObject({
        name: z.string(),
        image: imageReference.meta({ description: 'the image that carries its cache metadata' }),
        manifest: digestSchema.meta({
          description: 'digest of that image’s manifest in build-cache/layout',
        }),
      }),
    )
    .min(1)
    .meta({ description: 'stages in the order in which they are built, the result last' }),
  bases: z
    .array(
      z.strictObject({
        reference: z.string(),
        image: imageReference,
        chain: digestSchema,
        manifest: digestSchema.optional().meta({
          description: 'digest of its manifest or index in build-cache/layout',
        }),
        id: digestSchema.optional().meta({
          description:
            'digest that a containerd image store had it under, which its caches are keyed by',
        }),
      }),
    )
    .meta({ description: 'images that the Dockerfile names, and what they are packed as' }),
  files: z.array(contextEntrySchema).meta({ description: 'everything in the context' }),
  contextFiles: z.record(z.string(), z.array(contextEntrySchema)),
  steps: z.array(stepSchema).meta({ description: 'the steps that make layers, with their inputs' }),
  portable: z
    .array(z.enum(['store', 'release']))
    .optional()
    .meta({
      description:
        'what an engine may have other than the one that captured the build and still find its caches',
    }),
});
export type Portability = 'store' | 'release';
export type Recipe = z.output<typeof recipeSchema>;

/** `build-cache/recipes.json`. */
export const recipesSchema = z.strictObject({
  schemaVersion: z.literal(recipesVersion),
  engine: z.string().meta({ description: 'version of the Docker engine that built the stages' }),
  store: z
    .enum(['graph-driver', 'containerd'])
    .optional()
    .meta({ description: 'image store of that engine; absent in older bundles' }),
  recipes: z.array(recipeSchema).min(1),
  source: z
    .strictObject({
      project: z.string().meta({ description: 'the project’s folder below the archive’s' }),
    })
    .optional()
    .meta({ description: 'present where build-cache/source.tar.gz has the contexts' }),
});
export type Recipes = z.output<typeof recipesSchema>;
