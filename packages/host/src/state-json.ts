import { readTextIfThere } from '@bundle/files';
import { BundleError, type ErrorCode, formatDocumentPath, reasonOf } from '@bundle/format';
import type { z } from 'zod';

/** What a file of the state folder fails with if it is not as the command writes it. */
export interface Unreadable {
  readonly code: ErrorCode;
  readonly operation: string;
  readonly expected: string;
  readonly hint: string;
}

/** Reads a small JSON file of the state folder; undefined if it does not exist. Fails as `unreadable` says. */
export async function readStateJson<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  unreadable: Unreadable,
): Promise<z.output<Schema> | undefined> {
  const { code, ...details } = unreadable;
  const text = await readTextIfThere(path, { code });
  if (text === undefined) return undefined;
  const invalid = (found: string) => new BundleError(code, { ...details, subject: path, found });
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw invalid(reasonOf(error));
  }
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`${formatDocumentPath(issue?.path ?? [])}: ${issue?.message ?? ''}`);
}
