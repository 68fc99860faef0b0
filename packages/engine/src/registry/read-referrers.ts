import type { RegistryClient, RegistryDocument } from '@bundle/distribution';
import {
  BundleError,
  type Digest,
  hexOf,
  type ImageManifest,
  imageManifestSchema,
  limits,
  parseJson,
} from '@bundle/format';
import type { Referrer } from '../image-source.ts';
import type { RegistryImage } from './registry-image.ts';

/** Endings of the tags by which cosign finds signatures, attestations and lists of software. */
const cosignKinds = ['sig', 'att', 'sbom'] as const;

/** Reads the signatures and attestations of an image that its registry lists, or that cosign has put there. */
export async function readReferrers(
  client: RegistryClient,
  { registry, repository, top, manifest }: RegistryImage,
  signal: AbortSignal,
): Promise<Referrer[]> {
  const read = (reference: string): Promise<RegistryDocument | undefined> =>
    client.manifestIfThere(registry, repository, reference, signal);
  const listed = async (subject: Digest): Promise<Found[]> => {
    const descriptors = await client.referrers(registry, repository, subject, signal);
    const digests = [...new Set(descriptors.map(({ digest }) => digest))];
    return Promise.all(digests.map(async (digest) => ({ subject, document: await read(digest) })));
  };
  const tagged = (subject: Digest): Promise<Found>[] =>
    cosignKinds.map(async (kind) => {
      const tag = `sha256-${hexOf(subject)}.${kind}`;
      return { subject, tag, document: await read(tag) };
    });
  const subjects = [...new Set([top, manifest])];
  const found = await Promise.all(
    subjects.flatMap((subject) => [listed(subject), Promise.all(tagged(subject))]),
  );
  const referrers: Referrer[] = [];
  for (const { subject, tag, document } of found.flat()) {
    const parts = document && imageManifestSchema.safeParse(parseJson(document.bytes));
    // A list may name what is gone, and an index of documents is nothing that tools write.
    if (document === undefined || !parts?.success) continue;
    const documents = new Map([[document.digest, document.bytes]]);
    const blobs = blobsOf(parts.data, `${registry}/${repository}@${document.digest}`);
    for (const blob of blobs)
      documents.set(blob.digest, await client.document(registry, repository, blob, signal));
    const { digest } = document;
    referrers.push({ subject, digest, blobs, documents, ...(tag === undefined ? {} : { tag }) });
  }
  return referrers;
}

interface Found {
  readonly subject: Digest;
  readonly tag?: string;
  readonly document: RegistryDocument | undefined;
}

function blobsOf(
  { config, layers }: ImageManifest,
  subject: string,
): { digest: Digest; size: number }[] {
  const blobs = new Map([config, ...layers].map(({ digest, size }) => [digest, { digest, size }]));
  for (const { size } of blobs.values()) {
    if (size <= limits.maxImageJsonBytes) continue;
    throw new BundleError('registry-failed', {
      operation: 'reading the signature or attestation',
      subject,
      expected: `parts of at most ${limits.maxImageJsonBytes} bytes`,
      found: `${size} bytes`,
      hint: 'Leave out --referrers, or remove this one from the registry.',
    });
  }
  return [...blobs.values()];
}
