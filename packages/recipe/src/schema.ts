import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A file, folder or symbolic link of a build context, as BuildKit's cache sees it. */
export const contextEntrySchema = z.strictObject({
  path: z.string().meta({ description: 'relative to the context, "/" between segments' }),
  type: z.enum(['file', 'directory', 'symlink']),
  mode: z.number().int().meta({ description: 'permission bits; part of the cache key' }),
  sha256: sha256.optional().meta({ description: 'of a file’s content' }),
  target: z.string().optional().meta({ description: 'where a symbolic link points' }),
});
export type ContextEntry = z.output<typeof contextEntrySchema>;

/** A layer-making step of a Dockerfile, with everything that decides whether its result can be reused. */
export const stepSchema = z.strictObject({
  stage: z.string(),
  line: z.number().int().meta({ description: '1-based line in the Dockerfile' }),
  text: z.string().meta({ description: 'the instruction, variables not expanded' }),
  dependency: z.boolean().meta({ description: 'it needs a network, or comes before any source' }),
  afterSource: z
    .boolean()
    .meta({ description: 'source was copied in before it, so an edit changes its key' }),
  key: sha256.meta({ description: 'digest of all that decides whether its result can be reused' }),
  parents: z.array(sha256).meta({
    description: 'keys of its inputs: the previous step, and stages it copies from',
  }),
  args: z.record(z.string(), z.string()).meta({ description: 'build arguments that it sees' }),
  context: z.string().optional().meta({ description: 'named context that contains `sources`' }),
  sources: z.array(z.string()).meta({ description: 'its sources in the context, as written' }),
});
export type Step = z.output<typeof stepSchema>;
