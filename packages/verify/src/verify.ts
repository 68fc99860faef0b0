import { createHash } from 'node:crypto';
import { isMediumCode } from '@bundle/files';
import {
  BundleError,
  type BundleManifest,
  byteCounter,
  checksumsText,
  formatDocumentPath,
  hexOf,
  isDigest,
  limits,
  type OnProgress,
  paths,
  unlistedPaths,
  type WorkOptions,
} from '@bundle/format';
import {
  type BundleSource,
  damagedParts,
  type FindParts,
  type HashResult,
  readExtent,
  segmentsOf,
} from '@bundle/store';
import { documentFindings, readLayoutDocuments } from './document-findings.ts';
import { hashInTurn, hashWhile } from './hash-files.ts';
import { manifestRules } from './manifest-rules.ts';
import { type OpenedBundle, openManifest } from './open-manifest.ts';
import { finding, type VerifyFinding } from './verify-finding.ts';

// "§" refers to the section of docs/bundle-format.md that requires a check.

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
  /** Selects the files whose bytes are read; all by default. Presence and size are always checked. */
  readonly only?: (path: string) => boolean;
  /** Where else parts may be. */
  readonly find?: FindParts;
}

/**
 * Reads every byte of a bundle (folder or single file) and compares it with bundle.json and checksums.sha256.
 * Findings are returned in the report; a failure that makes further reading impossible is thrown.
 */
export async function verifyBundle(bundle: string, options: VerifyOptions): Promise<VerifyReport> {
  return verifyOpened(await openManifest(bundle, options.find), options);
}

export async function verifyOpened(
  opened: OpenedBundle,
  { onProgress, signal, only = () => true }: VerifyOptions,
): Promise<VerifyReport> {
  const { source, digest, partial, whole: manifest = opened.manifest } = opened;
  const there = manifest.files.filter(({ path }) => partial?.lacking.has(path) !== true);
  // Each is read once, however often a hostile list has it.
  const files = [...new Map(there.map((file) => [file.path, file])).values()].filter(({ path }) =>
    only(path),
  );
  const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
  let doneBytes = 0;
  const onBytes = (count: number): void => {
    doneBytes += count;
    onProgress({ phase: 'verifying', doneBytes, totalBytes });
  };
  const readDocuments = async () => ({
    ofChecksums: await checksumsFindings(source, manifest, digest),
    layout: await readLayoutDocuments(source),
  });
  const { entries, hashes, ofChecksums, layout } =
    source.rest === undefined
      ? await hashWhile(readDocuments, source.entries, files, { onBytes, signal })
      : // Before the blobs: the medium may be gone by then.
        { ...(await readDocuments()), ...(await hashInTurn(source, files, { onBytes, signal })) };
  // The list of blobs is complete only after all media were read.
  const listed = source.rest === undefined ? there : files;
  const findings = [
    ...listingFindings(entries, listed),
    ...ofChecksums,
    ...manifestRules(partial?.listed ?? manifest).map(({ path, message }) => ({
      ...finding('manifest-invalid', paths.manifest, message),
      path: formatDocumentPath(path),
    })),
    ...hashFindings(hashes, manifest, entries),
  ];
  const damaged = new Set(findings.map(({ file }) => file));
  const hashed = new Set(hashes.map(({ name }) => name));
  const isReadable = (path: string): boolean => hashed.has(path) && !damaged.has(path);
  findings.push(...(await documentFindings(source, manifest, layout, isReadable)));
  findings.unshift(...(await partFindings(source, findings, { onProgress, signal })));
  return {
    bundle: source.path,
    digest,
    manifest,
    files:
      manifest.files.length + [...unlistedPaths].filter((path) => source.entries.has(path)).length,
    bytes: doneBytes,
    findings,
  };
}

/** §8.2, step 6. */
function hashFindings(
  hashes: readonly HashResult[],
  { files }: BundleManifest,
  entries: BundleSource['entries'],
): VerifyFinding[] {
  const expected = new Map(files.map(({ path, sha256 }) => [path, sha256]));
  return hashes.flatMap(({ name, sha256, bytesRead, reason, systemCode = '' }) => {
    if (reason !== undefined) {
      const code = isMediumCode(systemCode, true) ? 'medium-failed' : 'input-unreadable';
      return [finding(code, name, `cannot be read: ${reason}`)];
    }
    const size = entries.get(name)?.size ?? bytesRead;
    if (bytesRead !== size) {
      return [finding('size-mismatch', name, `ended after ${bytesRead} of ${size} bytes`)];
    }
    if (sha256 === expected.get(name)) return [];
    const words = `expected sha256 ${expected.get(name)}, found ${sha256}`;
    return [finding('digest-mismatch', name, words)];
  });
}

/** Converts the first finding into the error that ends a command; the message says how many more there are. */
export function integrityError(report: VerifyReport): BundleError | undefined {
  const [first] = report.findings;
  if (first === undefined) return undefined;
  const more = report.findings.length - 1;
  return new BundleError(first.code, {
    operation: 'verifying',
    subject: report.bundle,
    expected: 'every byte as bundle.json lists it',
    found: `${first.file}: ${first.message}${more > 0 ? `, and ${more} more` : ''}`,
    hint:
      first.code === 'medium-failed'
        ? 'Nothing was changed. Reinsert the medium and run the command again.'
        : 'Nothing was changed. Copy the bundle again from its source; `bundle verify` lists all problems.',
  });
}

/** §3.8. Finds the damaged parts behind files that are not as listed. */
async function partFindings(
  source: BundleSource,
  findings: readonly VerifyFinding[],
  { onProgress, signal }: WorkOptions,
): Promise<VerifyFinding[]> {
  const files = new Set(
    findings.flatMap(({ file }) => {
      const extent = source.entries.get(file);
      return extent === undefined ? [] : segmentsOf(extent).map((segment) => segment.file);
    }),
  );
  const suspects = (source.parts ?? []).filter(({ file }) => files.has(file));
  const total = suspects.reduce((sum, { size }) => sum + size, 0);
  const onBytes = byteCounter(onProgress, 'looking for the damaged part', total);
  const damaged = await damagedParts(source.path, suspects, { onBytes, signal });
  return damaged.map(({ part, error }) => {
    const { expected, found } = error.details;
    return finding('part-damaged', part.name, `expected ${expected}, found ${found}`);
  });
}

/** §8.2, step 3. Checks that all listed files are present, and nothing else (§1.2). */
function listingFindings(
  entries: BundleSource['entries'],
  files: BundleManifest['files'],
): VerifyFinding[] {
  const listed = new Map(files.map((file) => [file.path, file]));
  const findings: VerifyFinding[] = [];
  for (const { path, size } of listed.values()) {
    const found = entries.get(path);
    if (found === undefined) findings.push(finding('file-missing', path, 'is missing'));
    else if (found.size !== size) {
      const words = `expected ${size} bytes, found ${found.size}`;
      findings.push(finding('size-mismatch', path, words));
    }
  }
  for (const path of entries.keys()) {
    if (unlistedPaths.has(path) || listed.has(path)) continue;
    findings.push(finding('file-unlisted', path, 'is not listed in bundle.json'));
  }
  return findings;
}

/** §5.2; §8.2, step 4. Compares checksums.sha256, byte for byte, with the text that follows from bundle.json. */
async function checksumsFindings(
  source: BundleSource,
  manifest: BundleManifest,
  digest: string,
): Promise<VerifyFinding[]> {
  const extent = source.entries.get(paths.checksums);
  if (extent === undefined) return [finding('file-missing', paths.checksums, 'is missing')];
  const text = await readExtent(extent, limits.maxChecksumsBytes, paths.checksums);
  const manifestHex = isDigest(digest) ? hexOf(digest) : '';
  const expected = createHash('sha256').update(checksumsText(manifest.files, manifestHex));
  if (createHash('sha256').update(text).digest('hex') === expected.digest('hex')) return [];
  return [finding('digest-mismatch', paths.checksums, 'does not agree with bundle.json')];
}
