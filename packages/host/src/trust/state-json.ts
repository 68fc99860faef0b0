import { readTextIfThere, replaceFile } from '@bundle/files';
import { BundleError, formatDocumentPath, reasonOf } from '@bundle/format';
import type { z } from 'zod';
import { stateError } from '../state-error.ts';

/** Reads a small JSON file of this host's trust; undefined where there is none. Fails with `trust-invalid`. */
export async function readTrustJson<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  hint = 'Correct the file. Nothing can be imported until it is readable.',
): Promise<z.output<Schema> | undefined> {
  const text = await readTextIfThere(path, { code: 'trust-invalid' });
  if (text === undefined) return undefined;
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw invalid(path, reasonOf(error), hint);
  }
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(path, `${formatDocumentPath(issue?.path ?? [])}: ${issue?.message ?? ''}`, hint);
}

/** Replaces a JSON file of this host’s trust as a whole. Fails with `state-unwritable` or `no-space`. */
export async function writeTrustJson(path: string, document: object): Promise<void> {
  await writeTrustFile(path, `${JSON.stringify(document, undefined, 2)}\n`);
}

/** Replaces a text file of this host’s trust as a whole. */
export async function writeTrustFile(path: string, text: string): Promise<void> {
  try {
    await replaceFile(path, text, 0o644);
  } catch (error) {
    throw stateError(error, path);
  }
}

function invalid(subject: string, found: string, hint: string): BundleError {
  return new BundleError('trust-invalid', {
    operation: 'reading what this host trusts',
    subject,
    expected: 'a file as the command writes it',
    found,
    hint,
  });
}
