import { dirname, join, resolve } from 'node:path';
import { readTextIfThere } from '@bundle/files';
import { z } from 'zod';
import type { ComposeDocument } from './documents.ts';
import { envValues } from './env-values.ts';
import { invalidCompose } from './invalid-compose.ts';
import { type Lookup, tryInterpolate } from './template.ts';
import { variablesOf } from './variables.ts';

const strings = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const schema = z.looseObject({
  include: z
    .array(
      z.union([
        z.string().transform((path) => ({ path: [path] })),
        z.looseObject({
          path: strings,
          env_file: strings.nullish(),
          project_directory: z.string().nullish(),
        }),
      ]),
    )
    .nullish(),
});

/** Compose files that are included together, and the env files of their own that Compose reads for them. */
interface Inclusion {
  readonly files: readonly string[];
  readonly envFiles: readonly string[];
}

/** Lists the env files that Compose reads for included files: those they are included with, or the `.env` beside them. */
export function includedEnvFiles(documents: readonly ComposeDocument[], lookup: Lookup): string[] {
  return inclusionsOf(documents, lookup).flatMap(({ envFiles }) => envFiles);
}

function inclusionsOf(documents: readonly ComposeDocument[], lookup: Lookup): Inclusion[] {
  return documents.flatMap(({ file, value }) => {
    const place = (path: string): string =>
      resolve(dirname(file), tryInterpolate(path, lookup) ?? path);
    return (schema.safeParse(value).data?.include ?? []).map((entry): Inclusion => {
      const files = entry.path.map(place);
      const { env_file: named, project_directory: folder } = { ...none, ...entry };
      const projectDir = folder ? place(folder) : dirname(files[0] ?? file);
      return { files, envFiles: named ? named.map(place) : [join(projectDir, '.env')] };
    });
  });
}

const none = { env_file: undefined, project_directory: undefined };

/**
 * Refuses a variable that has one value for one included file and another for the next: a bundle has one Compose file,
 * and so one value. Fails with `compose-invalid`, without the values. `lookup`: values that win over those of included files.
 */
export async function checkIncludedValues(
  documents: readonly ComposeDocument[],
  lookup: Lookup,
): Promise<void> {
  const seen = new Map<string, { readonly value: string | undefined; readonly file: string }>();
  const inclusions = inclusionsOf(documents, lookup);
  const extended = new Set(documents.flatMap((one) => extendedFiles(one, lookup)));
  for (const { file, value: document } of documents) {
    // It has the values of what extends it.
    if (extended.has(file)) continue;
    const envFiles = inclusions.find(({ files }) => files.includes(file))?.envFiles ?? [];
    const values = await valuesOf(envFiles, lookup);
    for (const { name } of variablesOf(document)) {
      const value = lookup(name) ?? values.get(name);
      const other = seen.get(name) ?? { value, file };
      seen.set(name, other);
      if (other.value === value) continue;
      throw invalidCompose(
        file,
        `the variable ${name} has another value here than in ${other.file}, and a bundle has one for both: give it two names`,
      );
    }
  }
}

function extendedFiles({ file, references }: ComposeDocument, lookup: Lookup): string[] {
  return references.flatMap(({ kind, target }) =>
    kind === 'extends' ? [resolve(dirname(file), tryInterpolate(target, lookup) ?? target)] : [],
  );
}

async function valuesOf(files: readonly string[], lookup: Lookup): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  for (const file of files) {
    const text = (await readTextIfThere(file)) ?? '';
    for (const [name, value] of envValues(text, lookup, { file, earlier: values })) {
      values.set(name, value);
    }
  }
  return values;
}
