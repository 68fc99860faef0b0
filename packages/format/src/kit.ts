import { z } from 'zod';
import { fileSchema } from './bundle-manifest.ts';
import { paths } from './paths.ts';
import { platformSchema } from './platform.ts';

// docs/bundle-format.md §18: the programs of bundles, carried once for each host.

/** Paths in the archive of a kit, besides those of its programs. */
export const kitPaths = { manifest: 'kit.json', signature: 'kit.json.sig' } as const;

const programs: ReadonlySet<string> = new Set([
  paths.runtime,
  paths.composePlugin,
  paths.buildxPlugin,
  paths.notices,
]);

const words = z.string().min(1).max(100);

/** kit.json. */
export const kitSchema = z.object({
  kind: z.literal('bundle-kit'),
  schemaVersion: z.literal(1),
  version: words.meta({ description: 'version of the command' }),
  platform: platformSchema,
  plugins: z
    .object({ compose: words.optional(), buildx: words.optional() })
    .meta({ description: "versions of docker's plugins in it" }),
  files: z
    .array(fileSchema)
    .min(1)
    .max(programs.size)
    .refine(
      (files) =>
        files.some(({ path }) => path === paths.runtime) &&
        files.every(({ path }) => programs.has(path)) &&
        new Set(files.map(({ path }) => path)).size === files.length,
      `expected ${paths.runtime} and other programs, each once`,
    ),
});
export type Kit = z.output<typeof kitSchema>;
