import { readTextIfThere } from '@bundle/files';
import { type Run, runSchema } from '@bundle/recipe';
import { z } from 'zod';
import { parseJson } from '../parse-json.ts';

/** Steps of a build, in the provenance that buildx writes beside its result (SLSA 0.2, BuildKit's `mode=max`). */
const provenanceSchema = z.object({
  'buildx.build.provenance': z.object({
    buildConfig: z.object({ llbDefinition: z.array(z.object({ op: z.unknown() })) }),
  }),
});

const isRun = (op: unknown): boolean =>
  z.object({ Op: z.object({ exec: z.unknown() }) }).safeParse(op).data?.Op.exec !== undefined;

/** Limit of the provenance, which describes every step of a build and contains the whole Dockerfile. */
const maxProvenanceBytes = 64 * 1024 * 1024;

/** Reads every RUN of a build; undefined if buildx did not describe them (before 0.14) or used an unknown form. */
export async function readRuns(path: string): Promise<Run[] | undefined> {
  const text = await readTextIfThere(path, { maxBytes: maxProvenanceBytes });
  if (text === undefined) return undefined;
  const { data } = provenanceSchema.safeParse(parseJson(text));
  const runs = data?.['buildx.build.provenance'].buildConfig.llbDefinition
    .filter(({ op }) => isRun(op))
    .map(({ op }) => runSchema.safeParse(op).data);
  return runs?.every((run) => run !== undefined) ? runs : undefined;
}
