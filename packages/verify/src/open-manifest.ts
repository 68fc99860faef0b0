import {
  BundleError,
  type BundleManifest,
  bundleManifestSchema,
  type Digest,
  digestOf,
  formatDocumentPath,
  limits,
  manifestFor,
  type Platform,
  parseBounded,
  parseJson,
  paths,
  reasonOf,
  schemaVersion,
} from '@bundle/format';
import {
  type BundleSource,
  damagedPart,
  type FindParts,
  openBundle,
  readExtent,
  requireEntry,
} from '@bundle/store';
import { z } from 'zod';
import { readSignatures, type SignatureFiles } from './read-signatures.ts';

/** A bundle whose bundle.json was read; nothing else has been checked. */
export interface OpenedBundle extends SignatureFiles {
  readonly source: BundleSource;
  /** Of a bundle for several platforms that was opened for a host: with the images of that host's platform alone. */
  readonly manifest: BundleManifest;
  /** Set if `manifest` has the images of one platform among several: bundle.json as it is. */
  readonly whole?: BundleManifest;
  /** Digest of bundle.json: the identity of the bundle. */
  readonly digest: Digest;
  /** Exact bytes of bundle.json, which everything else is checked against. */
  readonly bytes: Buffer;
  /** Present if the bundle was sent without what its host has: `manifest` then lists it as left out. */
  readonly partial?: {
    /** Paths of the files that were not sent. */
    readonly lacking: ReadonlySet<string>;
    /** bundle.json as it is. */
    readonly listed: BundleManifest;
  };
}

/** Opens a bundle and reads its bundle.json and its signatures; fails as openBundle and parseBundleManifest do. */
export async function openManifest(path: string, find?: FindParts): Promise<OpenedBundle> {
  const source = await openBundle(path, find);
  try {
    const opened = { source, ...(await readManifest(source)) };
    return { ...opened, ...(await readSignatures(source)) };
  } catch (error) {
    throw (await damagedPart(source.path, source.parts, find)) ?? error;
  }
}

/** Returns a bundle as a host of a platform sees it; a bundle for one platform is returned as it is. */
export function openedFor(opened: OpenedBundle, host: Platform): OpenedBundle {
  const whole = opened.whole ?? opened.manifest;
  const manifest = manifestFor(whole, host);
  return manifest === whole ? opened : { ...opened, manifest, whole };
}

async function readManifest(
  source: BundleSource,
): Promise<Pick<OpenedBundle, 'manifest' | 'digest' | 'bytes'>> {
  const extent = requireEntry(source, paths.manifest);
  const bytes = await readExtent(extent, limits.maxBundleManifestBytes, paths.manifest);
  const manifest = parseBundleManifest(bytes, source.path);
  const digest = digestOf(bytes);
  if (source.listedIdentity !== undefined && source.listedIdentity !== digest) {
    throw new BundleError('part-list-invalid', {
      operation: 'comparing the parts with their list',
      subject: source.path,
      expected: `bundle ${source.listedIdentity}`,
      found: `bundle ${digest}`,
      hint: 'The list or the parts belong to another bundle: copy all files of the same bundle.',
    });
  }
  return { manifest, digest, bytes };
}

/**
 * Parses bundle.json (docs/bundle-format.md, §4.1, §9.1 and §8.2, step 2). Fails with `schema-newer`, or with
 * `manifest-invalid`, which lists the faulty places up to a limit.
 */
export function parseBundleManifest(bytes: Buffer, bundle: string): BundleManifest {
  const document = parse(bytes, bundle);
  const version = z.looseObject({ schemaVersion: z.number() }).safeParse(document);
  if (version.success && version.data.schemaVersion > schemaVersion) {
    throw new BundleError('schema-newer', {
      operation: 'reading bundle.json of',
      subject: bundle,
      expected: `schemaVersion ${schemaVersion}`,
      found: `schemaVersion ${version.data.schemaVersion}`,
      hint: 'This bundle was made by a newer release: update the bundle command on this host.',
    });
  }
  const parsed = parseBounded(bundleManifestSchema, document);
  if (parsed.issues === undefined) return parsed.data;
  const words = parsed.issues.map(({ path, message }) => `${formatDocumentPath(path)}: ${message}`);
  throw invalid(bundle, [...words, ...(parsed.areMore ? ['and more'] : [])].join('; '));
}

function parse(bytes: Buffer, bundle: string): unknown {
  try {
    return parseJson(bytes);
  } catch (error) {
    throw invalid(bundle, reasonOf(error));
  }
}

function invalid(bundle: string, found: string): BundleError {
  return new BundleError('manifest-invalid', {
    operation: 'reading bundle.json of',
    subject: bundle,
    expected: 'a bundle manifest of schema version 1',
    found,
    hint: 'The bundle is damaged or was not made by `bundle export`: get it again from its source.',
  });
}
