import { stat } from 'node:fs/promises';
import { ioError } from '@bundle/files';
import {
  detachedSignaturePath,
  detachedSigstorePath,
  limits,
  paths,
  systemErrorCode,
} from '@bundle/format';
import { type BundleSource, type Extent, readExtent } from '@bundle/store';

/** Signature files of a bundle: the ones in it, then the ones beside it. Their content has not been checked. */
export interface SignatureFiles {
  /** In OpenSSH's format. */
  readonly signatures: readonly string[];
  /** Sigstore bundles. */
  readonly sigstore: readonly string[];
}

/** Reads the signature files in a bundle and beside it, where they exist. Fails with `manifest-invalid` when too large. */
export async function readSignatures(source: BundleSource): Promise<SignatureFiles> {
  return {
    signatures: await readBoth(source, paths.signature, detachedSignaturePath(source.path)),
    sigstore: await readBoth(source, paths.sigstore, detachedSigstorePath(source.path)),
  };
}

async function readBoth(source: BundleSource, path: string, file: string): Promise<string[]> {
  const inside = source.entries.get(path);
  const beside = source.form === 'folder' ? undefined : await fileAt(file);
  const texts: string[] = [];
  for (const extent of [inside, beside]) {
    if (extent === undefined) continue;
    const bytes = await readExtent(extent, limits.maxSignatureBytes, extent.file);
    texts.push(bytes.toString('latin1'));
  }
  return texts;
}

async function fileAt(file: string): Promise<Extent | undefined> {
  try {
    return { file, offset: 0, size: (await stat(file)).size };
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw ioError(error, 'reading', file, 'input-unreadable');
  }
}

/** Returns all signatures as the contents of one file: Sigstore bundles one on a line, others one after the other. */
export function joinSignatures(form: keyof SignatureFiles, texts: readonly string[]): string {
  const [only, ...more] = texts;
  if (only !== undefined && more.length === 0) return only;
  return texts
    .map((text) => `${form === 'sigstore' ? onOneLine(text) : text}`.replace(/\n?$/, '\n'))
    .join('');
}

function onOneLine(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    // Several already, one on a line.
    return text;
  }
}
