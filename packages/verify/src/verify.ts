import { createHash } from 'node:crypto';
import {
  BundleError,
  type BundleManifest,
  checksumsText,
  type ErrorCode,
  type Finding,
  formatDocumentPath,
  hexOf,
  isDigest,
  limits,
  type OnProgress,
  paths,
} from '@bundle/format';
import {
  type BundleSource,
  damagedParts,
  type FindParts,
  hashExtents,
  readExtent,
  segmentsOf,
} from '@bundle/store';
import { manifestRules } from './manifest-rules.ts';
import { type OpenedBundle, openManifest } from './open-manifest.ts';

/** A finding with the code, and so the exit code, that it stands for. */
export type VerifyFinding = Finding & { readonly code: ErrorCode };

export interface VerifyReport {
  readonly bundle: string;
  /** Digest of bundle.json: the identity of the bundle. */
  readonly digest: string;
  readonly manifest: BundleManifest;
  readonly files: number;
  readonly bytes: number;
  /** Empty when every byte is as listed. */
  readonly findings: readonly VerifyFinding[];
}

export interface VerifyOptions {
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
  /** Files whose bytes are read; all of them by default. Presence and size are checked for every one. */
  readonly only?: (path: string) => boolean;
  /** Where else parts may be. */
  readonly find?: FindParts;
}

/**
 * Reads every byte of a bundle (folder or single file) and compares it with bundle.json and checksums.sha256.
 * Findings come back in the report; what makes reading on impossible is thrown.
 */
export async function verifyBundle(bundle: string, options: VerifyOptions): Promise<VerifyReport> {
  return verifyOpened(await openManifest(bundle, options.find), options);
}

export async function verifyOpened(
  { source, manifest, digest }: OpenedBundle,
  { onProgress, signal, only = () => true }: VerifyOptions,
): Promise<VerifyReport> {
  const present = manifest.files.filter(({ path }) => source.entries.has(path) && only(path));
  const findings = [
    ...listingFindings(source, manifest),
    ...(await checksumsFindings(source, manifest, digest)),
    ...manifestRules(manifest).map(({ path, message }) => ({
      ...finding('manifest-invalid', paths.manifest, message),
      path: formatDocumentPath(path),
    })),
  ];
  const totalBytes = present.reduce((sum, { path }) => sum + sizeOf(source, path), 0);
  let doneBytes = 0;
  const results = await hashExtents(
    present.flatMap(({ path }) => {
      const extent = source.entries.get(path);
      return extent === undefined ? [] : [{ name: path, extent }];
    }),
    {
      signal,
      onBytes: (count) => {
        doneBytes += count;
        onProgress({ phase: 'verifying', doneBytes, totalBytes });
      },
    },
  );
  const expected = new Map(manifest.files.map(({ path, sha256 }) => [path, sha256]));
  for (const { name, sha256, reason } of results) {
    if (reason !== undefined) {
      findings.push(finding('input-unreadable', name, `cannot be read: ${reason}`));
    } else if (sha256 !== expected.get(name)) {
      findings.push(
        finding('digest-mismatch', name, `expected sha256 ${expected.get(name)}, found ${sha256}`),
      );
    }
  }
  findings.unshift(...(await partFindings(source, findings, signal)));
  return {
    bundle: source.path,
    digest,
    manifest,
    files: manifest.files.length + 2,
    bytes: totalBytes,
    findings,
  };
}

/** Turns the first finding into the error that ends a command; the message says how many there are. */
export function integrityError(report: VerifyReport): BundleError | undefined {
  const [first] = report.findings;
  if (first === undefined) return undefined;
  const more = report.findings.length - 1;
  return new BundleError(first.code, {
    operation: 'verifying',
    subject: report.bundle,
    expected: 'every byte as bundle.json lists it',
    found: `${first.file}: ${first.message}${more > 0 ? `, and ${more} more` : ''}`,
    hint: 'Nothing was changed. Copy the bundle again from its source; `bundle verify` lists everything that is wrong.',
  });
}

/** Which parts are to blame for files that are not as listed. */
async function partFindings(
  source: BundleSource,
  findings: readonly VerifyFinding[],
  signal: AbortSignal,
): Promise<VerifyFinding[]> {
  const files = new Set(
    findings.flatMap(({ file }) => {
      const extent = source.entries.get(file);
      return extent === undefined ? [] : segmentsOf(extent).map((segment) => segment.file);
    }),
  );
  const suspects = (source.parts ?? []).filter(({ file }) => files.has(file));
  const damaged = await damagedParts(source.path, suspects, { onBytes: () => undefined, signal });
  return damaged.map(({ part, error }) => {
    const { expected, found } = error.details;
    return finding('part-damaged', part.name, `expected ${expected}, found ${found}`);
  });
}

function listingFindings(source: BundleSource, manifest: BundleManifest): VerifyFinding[] {
  const listed = new Map(manifest.files.map((file) => [file.path, file]));
  const findings: VerifyFinding[] = [];
  for (const { path, size } of listed.values()) {
    const found = source.entries.get(path);
    if (found === undefined) findings.push(finding('file-missing', path, 'is not there'));
    else if (found.size !== size) {
      const words = `expected ${size} bytes, found ${found.size}`;
      findings.push(finding('size-mismatch', path, words));
    }
  }
  for (const path of source.entries.keys()) {
    if (path === paths.manifest || path === paths.checksums || listed.has(path)) continue;
    findings.push(finding('file-unlisted', path, 'is not listed in bundle.json'));
  }
  return findings;
}

/** checksums.sha256 follows from bundle.json, so it must be what bundle.json says, to the byte. */
async function checksumsFindings(
  source: BundleSource,
  manifest: BundleManifest,
  digest: string,
): Promise<VerifyFinding[]> {
  const extent = source.entries.get(paths.checksums);
  if (extent === undefined) return [finding('file-missing', paths.checksums, 'is not there')];
  const text = await readExtent(extent, limits.maxChecksumsBytes, paths.checksums);
  const manifestHex = isDigest(digest) ? hexOf(digest) : '';
  const expected = createHash('sha256').update(checksumsText(manifest.files, manifestHex));
  if (createHash('sha256').update(text).digest('hex') === expected.digest('hex')) return [];
  return [finding('digest-mismatch', paths.checksums, 'does not agree with bundle.json')];
}

function sizeOf(source: BundleSource, path: string): number {
  return source.entries.get(path)?.size ?? 0;
}

function finding(code: ErrorCode, file: string, message: string): VerifyFinding {
  return { severity: 'error', code, file, message };
}
