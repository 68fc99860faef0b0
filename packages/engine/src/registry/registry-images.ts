import { placesOf, RegistryClient, type RegistrySettings } from '@bundle/distribution';
import {
  BundleError,
  type Descriptor,
  type Digest,
  formatPlatform,
  type ImageConfig,
  type ImageIndex,
  type ImageManifest,
  imageConfigSchema,
  imageIndexSchema,
  imageManifestSchema,
  limits,
  normalizeArchitecture,
  type Platform,
  parseJson,
  parseReference,
  reasonOf,
  runsOn,
} from '@bundle/format';
import { z } from 'zod';
import type { ImageReading, Referrer } from '../image-source.ts';
import { otherPlatform } from '../only-reading.ts';
import { childFor, platformsIn, platformsOf } from '../platforms.ts';
import type { RegistryImage } from './registry-image.ts';
import { readRegistryImages } from './registry-reading.ts';

/** Images of registries, each resolved once: a tag that moves in the meantime changes nothing. */
export class RegistryImages {
  readonly platform: Platform;
  readonly #client: RegistryClient;
  readonly #settings: RegistrySettings;
  readonly #known = new Map<string, Promise<RegistryImage>>();

  constructor(settings: RegistrySettings, platform: Platform) {
    this.platform = platform;
    this.#client = new RegistryClient(settings);
    this.#settings = settings;
  }

  /** Reads the documents of an image. Fails with the errors of the registry, or with `platform-mismatch`. */
  resolve(reference: string, signal: AbortSignal): Promise<RegistryImage> {
    const resolving = this.#known.get(reference) ?? this.#resolve(reference, signal);
    this.#known.set(reference, resolving);
    resolving.catch(() => this.#known.delete(reference));
    return resolving;
  }

  /** Reads images that were resolved. */
  read(images: readonly RegistryImage[], signal: AbortSignal): ImageReading {
    return readRegistryImages(this.#client, images, signal);
  }

  /** Lists the platforms that an image is for. Fails as `resolve` does. */
  platformsOf(reference: string, signal: AbortSignal): Promise<readonly Platform[]> {
    return this.#read(reference, signal, (reader, tag) => reader.platforms(reference, tag));
  }

  /** Reads what refers to an image: to its index, and to its image manifest for the platform. */
  async referrersOf(reference: string, signal: AbortSignal): Promise<readonly Referrer[]> {
    const image = await this.resolve(reference, signal);
    const { readReferrers } = await import('./read-referrers.ts');
    return readReferrers(this.#client, image, signal);
  }

  #resolve(reference: string, signal: AbortSignal): Promise<RegistryImage> {
    return this.#read(reference, signal, (reader, tag) =>
      reader.read(reference, tag, this.platform),
    );
  }

  /** Reads from the first place that has the image. */
  async #read<T>(
    reference: string,
    signal: AbortSignal,
    work: (reader: ImageDocumentsReader, tagOrDigest: string) => Promise<T>,
  ): Promise<T> {
    const { name = reference, tag = 'latest', digest } = parseReference(reference) ?? {};
    const slash = name.indexOf('/');
    const [registry, repository] = [name.slice(0, slash), name.slice(slash + 1)];
    const places = placesOf(registry, this.#settings);
    const failures: MirrorFailure[] = [];
    for (const [index, place] of places.entries()) {
      try {
        const reader = new ImageDocumentsReader(this.#client, place, repository, signal);
        return await work(reader, digest ?? tag);
      } catch (error) {
        // A mirror may lack an image, or be down.
        signal.throwIfAborted();
        if (index === places.length - 1) throw withMirrors(error, failures);
        failures.push({ mirror: place, error });
      }
    }
    throw new RangeError('a registry without a place');
  }
}

interface MirrorFailure {
  readonly mirror: string;
  readonly error: unknown;
}

/** Adds why no mirror had the image, since the fault may be there. */
function withMirrors(error: unknown, failures: readonly MirrorFailure[]): unknown {
  if (!(error instanceof BundleError) || failures.length === 0) return error;
  const found = failures.reduce(
    (before, { mirror, error: reason }) => `${before}; the mirror ${mirror}: ${whyOf(reason)}`,
    whyOf(error),
  );
  return new BundleError(error.code, { ...error.details, found, cause: error });
}

function whyOf(error: unknown): string {
  return (error instanceof BundleError ? error.details.found : undefined) ?? reasonOf(error);
}

/** Reads the documents of one image. */
class ImageDocumentsReader {
  readonly #client: RegistryClient;
  readonly #registry: string;
  readonly #repository: string;
  readonly #signal: AbortSignal;
  readonly #documents = new Map<Digest, Buffer>();

  constructor(client: RegistryClient, registry: string, repository: string, signal: AbortSignal) {
    this.#client = client;
    this.#registry = registry;
    this.#repository = repository;
    this.#signal = signal;
  }

  async platforms(reference: string, tagOrDigest: string): Promise<readonly Platform[]> {
    const { document } = await this.#manifest(tagOrDigest);
    if (document.manifests !== undefined) return platformsIn(document.manifests);
    return [platformOf(await this.#config(reference, document))];
  }

  /** Reads what there is for one platform. */
  async read(reference: string, tagOrDigest: string, platform: Platform): Promise<RegistryImage> {
    const top = await this.#manifest(tagOrDigest);
    const { manifest, digest } = await this.#manifestBelow(top, reference, platform);
    const config = await this.#config(reference, manifest);
    const own = platformOf(config);
    if (!runsOn(own, platform)) throw otherPlatform(reference, platform, [formatPlatform(own)]);
    const diffIds = config.rootfs.diff_ids ?? [];
    if (diffIds.length !== manifest.layers.length) {
      throw notAnImage(
        reference,
        `${manifest.layers.length} layers and ${diffIds.length} diff IDs`,
      );
    }
    if ('manifests' in top.document && top.document.manifests !== undefined)
      await this.#attestations(top.document, digest);
    return {
      registry: this.#registry,
      repository: this.#repository,
      top: top.digest,
      manifest: digest,
      documents: this.#documents,
      layers: manifest.layers,
      image: {
        id: top.digest,
        references: [reference],
        platform: own,
        created: config.created ?? '1970-01-01T00:00:00Z',
        diffIds,
        size: manifest.layers.reduce((sum, { size }) => sum + size, 0),
      },
    };
  }

  async #manifest(tagOrDigest: string): Promise<TopDocument> {
    const { bytes, digest } = await this.#client.manifest(
      this.#registry,
      this.#repository,
      tagOrDigest,
      this.#signal,
    );
    const subject = `${this.#registry}/${this.#repository}@${digest}`;
    const document = parse(topSchema, bytes, subject);
    this.#documents.set(digest, bytes);
    return { digest, document };
  }

  /** Chooses the image manifest for the platform; an image index may be nested. */
  async #manifestBelow(
    { digest, document }: TopDocument,
    reference: string,
    platform: Platform,
    depth = 0,
  ): Promise<{ manifest: ImageManifest; digest: Digest }> {
    if (document.manifests === undefined) return { manifest: document, digest };
    const child = childFor(document, platform);
    if (child === undefined || depth > maxIndexDepth)
      throw otherPlatform(reference, platform, platformsOf(document));
    const below = await this.#manifest(child.digest);
    return this.#manifestBelow(below, reference, platform, depth + 1);
  }

  async #config(reference: string, { config }: ImageManifest): Promise<ImageConfig> {
    const bytes = await this.#document(config);
    try {
      return imageConfigSchema.parse(parseJson(bytes));
    } catch (error) {
      // Charts, signatures and other artifacts are in registries too.
      throw notAnImage(reference, `a config of the type ${config.mediaType}: ${reasonOf(error)}`);
    }
  }

  /** Reads what BuildKit attached to the image: provenance and a list of its software. */
  async #attestations({ manifests }: ImageIndex, image: Digest): Promise<void> {
    for (const { digest, annotations } of manifests) {
      if (annotations?.['vnd.docker.reference.digest'] !== image) continue;
      const { document } = await this.#manifest(digest);
      if (document.manifests !== undefined) continue;
      for (const part of [document.config, ...document.layers]) {
        if (part.size <= limits.maxImageJsonBytes) await this.#document(part);
      }
    }
  }

  async #document(descriptor: Descriptor): Promise<Buffer> {
    const bytes = await this.#client.document(
      this.#registry,
      this.#repository,
      descriptor,
      this.#signal,
    );
    this.#documents.set(descriptor.digest, bytes);
    return bytes;
  }
}

function platformOf({ os, architecture, variant }: ImageConfig): Platform {
  return {
    os,
    architecture: normalizeArchitecture(architecture),
    ...(variant ? { variant } : {}),
  };
}

const topSchema = z.union([imageManifestSchema, imageIndexSchema]);
interface TopDocument {
  readonly digest: Digest;
  readonly document: z.output<typeof topSchema>;
}
/** Nobody nests indexes deeper than one in another. */
const maxIndexDepth = 3;

function parse<T>(schema: z.ZodType<T>, bytes: Buffer, subject: string): T {
  try {
    return schema.parse(parseJson(bytes));
  } catch (cause) {
    throw new BundleError('registry-failed', {
      operation: 'reading the manifest of',
      subject,
      expected: 'an image manifest or index of version 2, or of the OCI image-spec',
      found: isFirstVersion(bytes) ? 'a manifest of the old version 1' : 'another document',
      hint: 'Push the image again with a current version of Docker.',
      cause,
    });
  }
}

function isFirstVersion(bytes: Buffer): boolean {
  return /"schemaVersion"\s*:\s*1\b/.test(bytes.subarray(0, 4096).toString('latin1'));
}

function notAnImage(subject: string, found: string): BundleError {
  return new BundleError('registry-failed', {
    operation: 'reading',
    subject,
    expected: 'a container image',
    found,
    hint: 'Check the name of the image.',
  });
}
