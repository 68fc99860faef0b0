import { basename, dirname, join } from 'node:path';
import { inTurn, ioError, partialPath, removeStalePartials, replaceFile } from '@bundle/files';
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
  const { path } = source;
  const added = await inTurn(`${path}.signing`, options.signal, () => addTo(opened, made));
  const { type, fingerprint } = made;
  const { product, version } = manifest;
  const already = added === undefined;
  return {
    bundle: path,
    digest,
    product,
    version,
    type,
    fingerprint,
    file: added ?? path,
    already,
  };
}

type Form = 'signatures' | 'sigstore';
type Made = MadeSignature & {
  readonly form: Form;
  /** Tells whether a bundle has a signature by the same key; fails with `signature-invalid`. */
  readonly isIn: (opened: OpenedBundle) => boolean;
};

/** More than one is needed only if another machine signs the same bundle at the same moment. */
const mostTries = 5;

/**
 * Adds a signature to a bundle unless it has one by the same key; returns the file that it is in, undefined if nothing was
 * written. Making a signature may take as long as somebody needs to type a passphrase, so what is there is read again.
 */
async function addTo(opened: OpenedBundle, made: Made): Promise<string | undefined> {
  let file: string | undefined;
  for (let tries = 0; tries <= mostTries; tries += 1) {
    const now = await openSame(opened);
    if (made.isIn(now)) return file;
    file = await addSignature(now, made);
  }
  throw new BundleError('signing-failed', {
    operation: 'signing',
    subject: opened.source.path,
    expected: 'a signature that stays there',
    found: 'others that replace it',
    hint: 'Another machine is signing the same bundle: sign it again when it is done.',
  });
}

/** Opens a bundle again; fails with `signing-failed` if it is another one now. */
async function openSame({ source, digest }: OpenedBundle): Promise<OpenedBundle> {
  const now = await openManifest(source.path, { headOnly: true });
  if (now.digest === digest) return now;
  throw new BundleError('signing-failed', {
    operation: 'signing',
    subject: source.path,
    expected: `bundle ${digest}`,
    found: `bundle ${now.digest}`,
    hint: 'It was replaced while it was being signed, and has no signature of this run. Check it, and sign it again.',
  });
}

async function signOpenSsh(
  opened: OpenedBundle,
  { key, ...context }: KeygenContext & { readonly key: string },
): Promise<Made> {
  const judge = (one: OpenedBundle): Judgement => {
    const judgement = judgeSignatures(one.bytes, one.signatures, { now: new Date(0) });
    checkUnspoiled(one, judgement);
    return judgement;
  };
  judge(opened);
  const made = await signManifest(opened.bytes, key, context);
  // Some kinds of keys make a different signature each time.
  const isIn = (one: OpenedBundle): boolean =>
    judge(one).signatures.some(
      ({ verdict, fingerprint }) => verdict === 'unchecked' && fingerprint === made.fingerprint,
    );
  return { ...made, form: 'signatures', isIn };
}

async function signSigstore(
  opened: OpenedBundle,
  options: Extract<SigningKey, { sigstoreKey: string }>,
): Promise<Made> {
  const { readSigstoreKey } = await import('./sigstore-key.ts');
  const { judgeSigstore, makeSigstore } = await import('@bundle/trust/sigstore');
  const { bytes } = opened;
  const { privateKey, key } = await readSigstoreKey(options.sigstoreKey, options.askPassphrase);
  const { type, fingerprint } = key;
  const own = { trusted: [{ key, principals: 'own' }], now: new Date(0) };
  const isIn = (one: OpenedBundle): boolean => {
    const judgement = judgeSigstore(one.bytes, one.sigstore, own);
    checkUnspoiled(one, judgement);
    return judgement.signers > 0;
  };
  isIn(opened);
  const text = makeSigstore(bytes, privateKey);
  const { signers } = judgeSigstore(bytes, [text], own);
  if (signers !== 1) throw new Error('the signature that was made is not right');
  return { form: 'sigstore', text, type, fingerprint, isIn };
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
async function addSignature(opened: OpenedBundle, { form, text }: Made): Promise<string> {
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
      // Open it as every reader does, which is stricter than the writer.
      const check = async (): Promise<void> => void (await openSame(opened));
      if (await fillPadding(source.path, source.entries, entry, check)) return source.path;
    }
    // A signature inside a single file stays there.
    const isInside = source.form === 'tar' && source.entries.has(inside);
    const all = joinSignatures(form, [...there.slice(isInside ? 1 : 0), text]);
    if (all.length > limits.maxSignatureBytes)
      throw spoiled(opened, `${all.length} bytes of signatures`);
    await removeStalePartials(dirname(file), (name) => name === basename(file));
    await replaceFile(file, all, 0o644, await partialPath(file));
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
