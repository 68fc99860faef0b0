import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ioError, isAbsence, readTextIfThere } from '@bundle/files';

/** The project's own example of an env file. */
export interface OwnExample {
  /** Absolute path. */
  readonly file: string;
  readonly text: string;
}

const words = ['example', 'sample', 'dist', 'template', 'tmpl'];

/** Finds the project's own example of an env file. `others` are real env files, whatever their names. */
export async function findExample(
  file: string,
  others: ReadonlySet<string>,
): Promise<OwnExample | undefined> {
  const folder = dirname(file);
  const there = new Set(await namesIn(folder));
  const candidates = exampleNames(basename(file)).map((name) => ({
    name,
    path: join(folder, name),
  }));
  for (const { name, path } of candidates) {
    if (!there.has(name) || others.has(path)) continue;
    const text = await readTextIfThere(path);
    if (text !== undefined) return { file: path, text };
  }
  return undefined;
}

/** Returns the usual names for the example of an env file, the most common first. */
function exampleNames(name: string): string[] {
  if (name !== '.env') {
    const stem = /^(?<stem>.+)\.env$/.exec(name)?.groups?.['stem'];
    return words.flatMap((word) => [
      `${name}.${word}`,
      ...(stem === undefined ? [] : [`${stem}.${word}.env`, `${stem}.env-${word}`]),
    ]);
  }
  const forms = (word: string) => [`env.${word}`, `.env.${word}`, `${word}.env`, `.${word}.env`];
  const dashed = (word: string) => [`.env-${word}`, `env-${word}`, `.env_${word}`, `env_${word}`];
  return words.flatMap((word) => [...forms(word), ...dashed(word)]);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isAbsence(error)) return [];
    throw ioError(error, 'reading', folder, 'input-unreadable');
  }
}
