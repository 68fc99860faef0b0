import { readBytesIfThere } from '@bundle/files';
import {
  BundleError,
  type ErrorCode,
  formatDocumentPath,
  limits,
  parseBounded,
  parseJson,
  reasonOf,
} from '@bundle/format';
import type { z } from 'zod';

/** What a file of the state folder fails with if it is not as the command writes it. */
export interface Unreadable {
  readonly code: ErrorCode;
  readonly operation: string;
  readonly expected: string;
  readonly hint: string;
}

/**
 * Reads a small JSON file of the state folder; undefined if it does not exist. `check` may refuse the document before it
 * is parsed. Fails as `unreadable` says.
 */
export async function readStateJson<T>(
  path: string,
  schema: z.ZodType<T>,
  unreadable: Unreadable,
  check: (document: unknown) => void = () => undefined,
): Promise<T | undefined> {
  const { code, ...details } = unreadable;
  const bytes = await readBytesIfThere(path, { maxBytes: limits.maxTextFileBytes, code });
  if (bytes === undefined) return undefined;
  const invalid = (found: string) => new BundleError(code, { ...details, subject: path, found });
  let document: unknown;
  try {
    document = parseJson(bytes);
  } catch (error) {
    throw invalid(reasonOf(error));
  }
  check(document);
  const parsed = parseBounded(schema, document);
  if (parsed.issues === undefined) return parsed.data;
  const [issue] = parsed.issues;
  throw invalid(`${formatDocumentPath(issue?.path ?? [])}: ${issue?.message ?? ''}`);
}
