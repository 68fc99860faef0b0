import { dirname } from 'node:path';
import { makeFolder, replaceFile } from '@bundle/files';
import type { z } from 'zod';
import { stateError } from '../state-error.ts';
import { privateFolder } from '../state-folder.ts';
import { readStateJson } from '../state-json.ts';

/** Reads a small JSON file of this host's trust; undefined where there is none. Fails with `trust-invalid`. */
export async function readTrustJson<T>(
  path: string,
  schema: z.ZodType<T>,
  hint = 'Correct the file. Nothing can be imported until it is readable.',
): Promise<T | undefined> {
  return readStateJson(path, schema, {
    code: 'trust-invalid',
    operation: 'reading what this host trusts',
    expected: 'a file as the command writes it',
    hint,
  });
}

/** Replaces a JSON file of this host’s trust as a whole. Fails with `state-unwritable` or `no-space`. */
export async function writeTrustJson(path: string, document: object): Promise<void> {
  await writeTrustFile(path, `${JSON.stringify(document, undefined, 2)}\n`);
}

/** Replaces a text file of this host’s trust as a whole. */
export async function writeTrustFile(path: string, text: string): Promise<void> {
  try {
    await makeFolder(dirname(path), privateFolder);
    await replaceFile(path, text, 0o644);
  } catch (error) {
    throw stateError(error, path);
  }
}
