import { z } from 'zod';
import { type ComposeDocument, local, rawCompose } from './documents.ts';

const entrySchema = z.union([
  z.string(),
  z.looseObject({ path: z.string(), required: z.boolean().optional() }),
]);
const envFileSchema = z.union([entrySchema, z.array(entrySchema)]);

/** A file that `env_file:` names: absolute path, and where it is named. */
export interface EnvFileUse {
  readonly service: string;
  readonly file: string;
  readonly document: string;
  readonly line: number | undefined;
}

/** The env files of all services, from the Compose files as written: a resolved project has only their values. */
export function envFileUses(documents: readonly ComposeDocument[]): EnvFileUse[] {
  return documents.flatMap((document) =>
    Object.entries(rawCompose(document).services ?? {}).flatMap(([service, definition]) => {
      const parsed = envFileSchema.safeParse(definition?.env_file);
      if (!parsed.success) return [];
      return [parsed.data].flat().map((entry) => ({
        service,
        file: local(document.file, typeof entry === 'string' ? entry : entry.path),
        document: document.file,
        line: document.lineOf(['services', service, 'env_file']),
      }));
    }),
  );
}

/** An env file without its values: comments that hold no assignment, and names. */
export function withoutValues(text: string): string {
  const lines = text.split(/\r?\n/).flatMap((line) => {
    const name = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*(?:=|$)/.exec(line)?.[1];
    if (name !== undefined) return [`${name}=`];
    // A comment may hold an old value, and the lines of a multi-line value are no comments at all.
    return /^\s*#/.test(line) && !line.includes('=') ? [line.trimEnd()] : [];
  });
  return `${lines.join('\n')}\n`;
}
