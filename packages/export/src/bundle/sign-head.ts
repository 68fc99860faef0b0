import { rm } from 'node:fs/promises';
import { isThere } from '@bundle/files';
import { BundleError, detachedSignaturePath, detachedSigstorePath, paths } from '@bundle/format';
import type { HeadFile } from '@bundle/store';

/** Signs the bytes of bundle.json and returns the contents of bundle.json.sig. */
export type SignManifest = (bytes: Buffer) => Promise<string>;

/**
 * Adds the signatures of bundle.json after checksums.sha256. If signing fails, the head is returned unchanged and
 * `unsigned` gives the reason: the bundle is complete and can be signed later.
 */
export async function signHead(
  head: readonly HeadFile[],
  sign: SignManifest | undefined,
): Promise<{ readonly head: readonly HeadFile[]; readonly unsigned?: BundleError }> {
  const [manifest, checksums, ...others] = head;
  if (sign === undefined || manifest === undefined || checksums === undefined) return { head };
  if (!Buffer.isBuffer(manifest.bytes)) throw new Error(`${paths.manifest} is not in memory`);
  try {
    const bytes = Buffer.from(await sign(manifest.bytes), 'latin1');
    const signature = { path: paths.signature, bytes, executable: false };
    return { head: [manifest, checksums, signature, ...others] };
  } catch (error) {
    if (!(error instanceof BundleError) || error.code !== 'signing-failed') throw error;
    return { head, unsigned: error };
  }
}

const besides = [detachedSignaturePath, detachedSigstorePath];

/** Fails with `output-exists` if signatures of an earlier bundle are beside the path of the new one. */
export async function checkNoSignature(output: string, force: boolean): Promise<void> {
  if (force) return;
  for (const signature of besides.map((beside) => beside(output))) {
    if (!(await isThere(signature))) continue;
    throw new BundleError('output-exists', {
      operation: 'writing the bundle to',
      subject: output,
      expected: 'no signatures of another bundle beside it',
      found: signature,
      hint: 'Remove that file, choose another path, or replace both with --force.',
    });
  }
}

/** Removes signatures of the replaced bundle, which do not match the new one. */
export async function removeOldSignatures(output: string): Promise<void> {
  for (const beside of besides) await rm(beside(output), { force: true });
}
