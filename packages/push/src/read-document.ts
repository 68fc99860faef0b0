import { BundleError, blobPath, type Digest, digestOf, limits, parseJson } from '@bundle/format';
import { readExtent, requireEntry } from '@bundle/store';
import type { OpenedBundle } from '@bundle/verify';
import { z } from 'zod';

/** A document as it is pushed. */
export interface PushedDocument {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** Reads a document of a bundle. Fails with `digest-mismatch`, `file-missing` or `manifest-invalid`. */
export async function readDocument<T>(
  { source }: OpenedBundle,
  digest: Digest,
  schema: z.ZodType<T>,
): Promise<{ digest: Digest; bytes: Buffer; document: T }> {
  const path = blobPath(digest);
  const bytes = await readExtent(requireEntry(source, path), limits.maxImageJsonBytes, path);
  if (digestOf(bytes) !== digest) throw damaged(path, digest, digestOf(bytes));
  const document = schema.safeParse(parseJson(bytes));
  if (document.success) return { digest, bytes, document: document.data };
  throw notADocument(path, z.prettifyError(document.error));
}

export function notADocument(subject: string, found: string): BundleError {
  return new BundleError('manifest-invalid', {
    operation: 'reading',
    subject,
    expected: 'an image manifest or index',
    found,
    hint: 'The bundle was not made by `bundle export`: get it again from its source.',
  });
}

function damaged(subject: string, expected: string, found: string): BundleError {
  return new BundleError('digest-mismatch', {
    operation: 'checking',
    ...{ subject, expected, found },
    hint: 'The file was changed or damaged: copy the bundle again from its source.',
  });
}
