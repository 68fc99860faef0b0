import { join } from 'node:path';
import { ioError, replaceFile } from '@bundle/files';
import {
  BundleError,
  detachedSignaturePath,
  detachedSigstorePath,
  limits,
  paths,
} from '@bundle/format';
import { fillPadding } from '@bundle/store';
import { type Judgement, judgeSignatures } from '@bundle/trust';
import { joinSignatures, type OpenedBundle, openManifest } from '@bundle/verify';
import { type MadeSignature, signManifest } from './sign-manifest.ts';
import type { KeygenContext } from './ssh-keygen.ts';

/** The key to sign with: one of OpenSSH, or one in PEM for a signature in Sigstore's form. */
export type SigningKey =
  | { readonly key: string }
  | { readonly sigstoreKey: string; readonly askPassphrase: () => Promise<string> };

export type SignOptions = KeygenContext &
  SigningKey & {
    readonly bundle: string;
    /** Called before ssh-keygen runs, which may ask on the terminal. */
    readonly onRead?: () => void;
  };

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
 * a single file, or else into `NAME.sig` or `NAME.sigstore.json` beside it. Fails with `signing-failed` or
 * `output-unwritable`.
 */
export async function signBundle(options: SignOptions): Promise<SignReport> {
  const opened = await openManifest(options.bundle, { headOnly: true });
  const { source, manifest, digest } = opened;
  options.onRead?.();
  const made = await ('key' in options
    ? signOpenSsh(opened, options)
    : signSigstore(opened, options));
  const { form, type, fingerprint, already } = made;
  const file = already ? source.path : await addSignature(opened, form, made.text);
  const { product, version } = manifest;
  return { bundle: source.path, digest, product, version, type, fingerprint, file, already };
}

type Form = 'signatures' | 'sigstore';
type Made = MadeSignature & { readonly form: Form; readonly already: boolean };

async function signOpenSsh(
  opened: OpenedBundle,
  { key, ...context }: KeygenContext & { readonly key: string },
): Promise<Made> {
  const { bytes, signatures } = opened;
  const before = judgeSignatures(bytes, signatures, { now: new Date(0) });
  checkUnspoiled(opened, before);
  const made = await signManifest(bytes, key, context);
  // Some kinds of keys make a different signature each time.
  const already = before.signatures.some(
    ({ verdict, fingerprint }) => verdict === 'unchecked' && fingerprint === made.fingerprint,
  );
  return { ...made, form: 'signatures', already };
}

async function signSigstore(
  opened: OpenedBundle,
  options: Extract<SigningKey, { sigstoreKey: string }>,
): Promise<Made> {
  const { readSigstoreKey } = await import('./sigstore-key.ts');
  const { judgeSigstore, makeSigstore } = await import('@bundle/trust/sigstore');
  const { bytes, sigstore } = opened;
  const { privateKey, key } = await readSigstoreKey(options.sigstoreKey, options.askPassphrase);
  const { type, fingerprint } = key;
  const own = { trusted: [{ key, principals: 'own' }], now: new Date(0) };
  const before = judgeSigstore(bytes, sigstore, own);
  checkUnspoiled(opened, before);
  const text = makeSigstore(bytes, privateKey);
  const { signers } = judgeSigstore(bytes, [text], own);
  if (signers !== 1) throw new Error('the signature that was made is not right');
  return { form: 'sigstore', text, type, fingerprint, already: before.signers > 0 };
}

function checkUnspoiled(opened: OpenedBundle, { malformed, signatures }: Judgement): void {
  if (malformed !== undefined) throw spoiled(opened, malformed);
  const wrong = signatures.find(({ verdict }) => verdict === 'wrong');
  if (wrong !== undefined) throw spoiled(opened, 'a signature over another bundle.json');
}

const places: Readonly<
  Record<Form, { readonly inside: string; readonly beside: (path: string) => string }>
> = {
  signatures: { inside: paths.signature, beside: detachedSignaturePath },
  sigstore: { inside: paths.sigstore, beside: detachedSigstorePath },
};

/** Adds a signature to those of a bundle; returns the file that it is in. */
async function addSignature(opened: OpenedBundle, form: Form, text: string): Promise<string> {
  const { source, manifest } = opened;
  const there = opened[form];
  const { inside, beside } = places[form];
  const file = source.form === 'folder' ? join(source.path, inside) : beside(source.path);
  const isFirst = there.length === 0 && source.parts === undefined && source.rest === undefined;
  try {
    if (source.form === 'tar' && isFirst) {
      const entry = {
        path: inside,
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
    const isInside = source.form === 'tar' && source.entries.has(inside);
    const all = joinSignatures(form, [...there.slice(isInside ? 1 : 0), text]);
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
    expected: `signatures over its bundle.json, ${limits.maxSignatureBytes} bytes at most`,
    found,
    hint: `Remove ${paths.signature} and ${paths.sigstore}, or the files that end in .sig and .sigstore.json beside the bundle, and sign again.`,
  });
}
