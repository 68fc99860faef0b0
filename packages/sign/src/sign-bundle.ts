import { join } from 'node:path';
import { ioError, replaceFile } from '@bundle/files';
import { BundleError, detachedSignaturePath, limits, paths } from '@bundle/format';
import { fillPadding } from '@bundle/store';
import { judgeSignatures } from '@bundle/trust';
import { type OpenedBundle, openManifest } from '@bundle/verify';
import { signManifest } from './sign-manifest.ts';
import type { KeygenContext } from './ssh-keygen.ts';

export interface SignOptions extends KeygenContext {
  readonly bundle: string;
  readonly key: string;
}

export interface SignReport {
  readonly bundle: string;
  /** Digest of bundle.json: the identity of the bundle, which signing does not change. */
  readonly digest: string;
  readonly product: string;
  readonly version: string;
  readonly type: string;
  readonly fingerprint: string;
  /** The file with the signature: the bundle itself, or a file beside it. */
  readonly file: string;
  /** Whether the key had already signed this bundle, so that nothing was written. */
  readonly already: boolean;
}

/**
 * Signs an existing bundle. Reads only bundle.json, and writes only its signatures: into a folder, into the padding of
 * a single file, or else into `NAME.sig` beside it. Fails with `signing-failed` or `output-unwritable`.
 */
export async function signBundle({ bundle, key, ...context }: SignOptions): Promise<SignReport> {
  const opened = await openManifest(bundle, { headOnly: true });
  const { source, manifest, digest, bytes } = opened;
  const before = judgeSignatures(bytes, opened.signatures, { now: new Date(0) });
  if (before.malformed !== undefined) throw spoiled(opened, before.malformed);
  const wrong = before.signatures.find(({ verdict }) => verdict === 'wrong');
  if (wrong !== undefined) throw spoiled(opened, 'a signature over another bundle.json');
  const { text, type, fingerprint } = await signManifest(bytes, key, context);
  // Some kinds of keys make a different signature each time.
  const already = before.signatures.some(
    (made) => made.verdict === 'unchecked' && made.fingerprint === fingerprint,
  );
  const file = already ? source.path : await addSignature(opened, text);
  const { product, version } = manifest;
  return { bundle: source.path, digest, product, version, type, fingerprint, file, already };
}

/** Adds a signature to those of a bundle; returns the file that it is in. */
async function addSignature(opened: OpenedBundle, text: string): Promise<string> {
  const { source, manifest, signatures } = opened;
  const inFolder = join(source.path, paths.signature);
  const file = source.form === 'folder' ? inFolder : detachedSignaturePath(source.path);
  const isFirst =
    signatures.length === 0 && source.parts === undefined && source.rest === undefined;
  try {
    if (source.form === 'tar' && isFirst) {
      const entry = {
        path: paths.signature,
        bytes: Buffer.from(text, 'latin1'),
        mtime: new Date(manifest.created),
      };
      if (await fillPadding(source.path, source.entries, entry)) {
        // Open it as every reader does, which is stricter than the writer above.
        await openManifest(source.path, { headOnly: true });
        return source.path;
      }
    }
    // A signature inside a single file stays there.
    const isInside = source.form === 'tar' && source.entries.has(paths.signature);
    const kept = signatures.slice(isInside ? 1 : 0).map((one) => one.replace(/\n?$/, '\n'));
    const all = `${kept.join('')}${text}`;
    if (all.length > limits.maxSignatureBytes)
      throw spoiled(opened, `${all.length} bytes of signatures`);
    await replaceFile(file, all, 0o644);
    return file;
  } catch (error) {
    throw ioError(error, 'writing the signature', file, 'output-unwritable');
  }
}

function spoiled({ source }: OpenedBundle, found: string): BundleError {
  return new BundleError('signature-invalid', {
    operation: 'reading the signatures of',
    subject: source.path,
    expected: `signatures of OpenSSH, ${limits.maxSignatureBytes} bytes at most`,
    found,
    hint: `Remove ${paths.signature}, or the file that ends in .sig beside the bundle, and sign again.`,
  });
}
