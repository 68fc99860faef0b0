import { readTextIfThere } from '@bundle/files';
import { type Run, runSchema } from '@bundle/recipe';
import { z } from 'zod';
import { parseJson } from '../parse-json.ts';

/** The steps of a build, in the provenance that buildx writes beside its result (SLSA 0.2, BuildKit's `mode=max`). */
const provenanceSchema = z.object({
  'buildx.build.provenance': z.object({
    buildConfig: z.object({ llbDefinition: z.array(z.object({ op: z.unknown() })) }),
  }),
});

const isRun = (op: unknown): boolean =>
  z.object({ Op: z.object({ exec: z.unknown() }) }).safeParse(op).data?.Op.exec !== undefined;

/** buildx describes every step of a build in it, with the whole Dockerfile. */
const maxProvenanceBytes = 64 * 1024 * 1024;

/** Every RUN of a build; undefined where buildx did not describe it (before 0.14), or in a way that is not known here. */
export async function readRuns(path: string): Promise<Run[] | undefined> {
  const text = await readTextIfThere(path, { maxBytes: maxProvenanceBytes });
  if (text === undefined) return undefined;
  const { data } = provenanceSchema.safeParse(parseJson(text));
  const runs = data?.['buildx.build.provenance'].buildConfig.llbDefinition
    .filter(({ op }) => isRun(op))
    .map(({ op }) => runSchema.safeParse(op).data);
  return runs?.every((run) => run !== undefined) ? runs : undefined;
}
