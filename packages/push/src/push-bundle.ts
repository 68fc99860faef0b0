import { RegistryClient, type RegistrySettings, referrersTag } from '@bundle/distribution';
import {
  BundleError,
  blobPath,
  byteCounter,
  type Digest,
  hexOf,
  type OnProgress,
} from '@bundle/format';
import { streamReusing, streamVerified } from '@bundle/store';
import type { OpenedBundle } from '@bundle/verify';
import type { ImageParts } from './document-tree.ts';
import { readImage } from './image-parts.ts';
import { inParallel } from './in-parallel.ts';
import { type BlobPlan, neededBlobs, planBlobs } from './plan-blobs.ts';
import type { PushedDocument } from './read-document.ts';
import { type ReadReferrer, readReferrers, withReferrer } from './referrers.ts';
import { type PlacedImage, placeImages } from './repositories.ts';
import { mergeSignatures, signatureManifestIn } from './signature-tag.ts';
import type { PushTarget } from './target.ts';

export interface PushOptions {
  readonly target: PushTarget;
  readonly settings: RegistrySettings;
  /** Only find out what would be pushed. */
  readonly dryRun: boolean;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** An image with the name that it has in the registry. */
export interface PushedImage {
  /** As in the bundle. */
  readonly reference: string;
  readonly services: readonly string[];
  /** `REGISTRY/PREFIX/NAME:TAG@DIGEST`. */
  readonly pushed: string;
  readonly digest: Digest;
  /** Whether the tag was there already, with this digest. */
  readonly unchanged: boolean;
  /** Set if the image index of the bundle cannot be pushed, because the registry lacks images that it names. */
  readonly withoutIndex?: true;
}

interface Amount {
  readonly blobs: number;
  readonly bytes: number;
}

export interface PushReport {
  readonly images: readonly PushedImage[];
  readonly uploaded: Amount;
  /** Taken from another repository of the registry. */
  readonly mounted: Amount;
  /** There already. */
  readonly present: Amount;
  readonly seconds: number;
}

/** More requests at once do not make a registry faster. */
const requestsAtOnce = 12;
/** Each upload has one buffer of this size. */
const pieceBytes = 512 * 1024;
/** A registry hashes what it receives, each upload on one core. */
const uploadsAtOnce = 6;

/**
 * Pushes the images of a bundle: first the blobs that the registry lacks, then the documents, and the tags at the very
 * end, so that no tag ever leads to an image that is not whole. Fails with the errors of the registry, with
 * `base-missing` where an incremental bundle lacks what the registry lacks too, and with the errors of a damaged bundle.
 */
export async function pushBundle(bundle: OpenedBundle, options: PushOptions): Promise<PushReport> {
  const started = performance.now();
  const client = new RegistryClient(options.settings);
  try {
    const report = await new Push(bundle, client, options).run();
    return { ...report, seconds: (performance.now() - started) / 1000 };
  } finally {
    await client.close();
  }
}

interface BlobPlace {
  readonly digest: Digest;
  readonly repository: string;
}

interface ChosenImage extends PlacedImage {
  readonly parts: ImageParts;
  readonly digest: Digest;
  readonly withoutIndex: boolean;
  readonly unchanged: boolean;
  /** What refers to a document that is pushed, with its manifest. */
  readonly referrers: readonly ReadReferrer[];
}

class Push {
  readonly #bundle: OpenedBundle;
  readonly #client: RegistryClient;
  readonly #options: PushOptions;

  constructor(bundle: OpenedBundle, client: RegistryClient, options: PushOptions) {
    this.#bundle = bundle;
    this.#client = client;
    this.#options = options;
  }

  async run(): Promise<Omit<PushReport, 'seconds'>> {
    const { target, dryRun, onProgress } = this.#options;
    onProgress({ phase: 'comparing with the registry', doneBytes: 0 });
    // Images that only rebuilds need would be of no use in a registry.
    const images = this.#bundle.manifest.images.filter(({ use }) => use === undefined);
    const placed = placeImages(images, target);
    const chosen: ChosenImage[] = new Array(placed.length);
    await this.#each(placed.entries(), async ([index, image], signal) => {
      chosen[index] = await this.#choose(image, signal);
    });
    const changed = chosen.filter(({ unchanged }) => !unchanged);
    const plans = await this.#plan(chosen);
    this.#checkComplete(plans);
    if (!dryRun) {
      await this.#pushBlobs(plans);
      await this.#pushDocuments(changed);
      await this.#pushReferrers(chosen);
      await this.#setTags(changed);
    }
    return {
      images: chosen.map(({ image, repository, tag, digest, unchanged, withoutIndex }) => ({
        reference: image.reference,
        services: image.services,
        pushed: `${target.registry}/${repository}:${tag}@${digest}`,
        ...{ digest, unchanged },
        ...(withoutIndex ? { withoutIndex } : {}),
      })),
      ...amounts(plans),
    };
  }

  /** Decides whether an image goes with the index above it, and whether it is there already. */
  async #choose(placed: PlacedImage, signal: AbortSignal): Promise<ChosenImage> {
    const { image, repository, tag } = placed;
    const { alone, indexed } = await readImage(this.#bundle, image);
    const { registry } = this.#options.target;
    const isThere = async (reference: string): Promise<boolean> =>
      (await this.#client.digestOf(registry, repository, reference, signal)) !== undefined;
    let isWhole = indexed !== undefined;
    for (const digest of indexed?.absent ?? []) isWhole &&= await isThere(digest);
    const parts = (isWhole ? indexed?.parts : indexed?.carried) ?? alone;
    const digest = parts.documents.at(-1)?.digest ?? image.manifestDigest;
    const current = await this.#client.digestOf(registry, repository, tag, signal);
    return {
      ...placed,
      ...{ parts, digest },
      withoutIndex: indexed !== undefined && !isWhole && indexed.carried === undefined,
      unchanged: current === digest,
      referrers: await readReferrers(this.#bundle, image.reference, parts),
    };
  }

  async #plan(images: readonly ChosenImage[]): Promise<BlobPlan[]> {
    const needed = neededBlobs(
      images.map(({ repository, parts, referrers }) => ({
        repository,
        blobs: [...parts.blobs, ...referrers.flatMap(({ blobs }) => blobs)],
      })),
    );
    const key = (repository: string, digest: Digest): string => `${repository}@${digest}`;
    // A registry takes a manifest only with everything that it names.
    const there = new Set(
      images.flatMap(({ unchanged, repository, parts }) =>
        unchanged ? parts.blobs.map(({ digest }) => key(repository, digest)) : [],
      ),
    );
    const pairs = needed.flatMap(({ digest, repositories }) =>
      repositories
        .filter((repository) => !there.has(key(repository, digest)))
        .map((repository) => ({ digest, repository })),
    );
    const has = (repository: string, digest: Digest): boolean => there.has(key(repository, digest));
    const ask = (places: readonly BlobPlace[]): Promise<void> =>
      this.#each(places, async ({ digest, repository }, signal) => {
        const { registry } = this.#options.target;
        if (await this.#client.hasBlob(registry, repository, digest, signal))
          there.add(key(repository, digest));
      });
    await ask(pairs);
    const all = [...new Set(images.map(({ repository }) => repository))];
    // What the bundle leaves out may be in the repository of an image that no longer has it.
    const elsewhere = needed.filter(
      ({ digest, repositories }) =>
        !this.#carries(digest) && !repositories.some((repository) => has(repository, digest)),
    );
    await ask(
      elsewhere.flatMap(({ digest, repositories }) =>
        all
          .filter((repository) => !repositories.includes(repository))
          .map((repository) => ({ digest, repository })),
      ),
    );
    return planBlobs(needed, all, has);
  }

  #carries(digest: Digest): boolean {
    return this.#bundle.source.entries.has(blobPath(digest));
  }

  /** Checks before anything is sent that the bundle has what the registry lacks. */
  #checkComplete(plans: readonly BlobPlan[]): void {
    const { source, manifest } = this.#bundle;
    const lacking = plans.find(
      ({ upload, digest }) => upload !== undefined && !this.#carries(digest),
    );
    if (lacking === undefined) return;
    const { base, deltas = [] } = manifest;
    if (deltas.some(({ digest }) => digest === lacking.digest)) {
      throw new BundleError('base-missing', {
        operation: 'pushing',
        subject: source.path,
        expected: `the layers that it has as deltas, in ${this.#options.target.registry}`,
        found: `no ${lacking.digest}`,
        hint: 'Only an import makes layers from deltas. Push a complete bundle, or export this one with --no-delta.',
      });
    }
    const which =
      base === undefined
        ? 'the bundle that has them'
        : `${base.product} ${base.version} (${base.digest})`;
    throw new BundleError('base-missing', {
      operation: 'pushing',
      subject: source.path,
      expected: `the layers that it leaves out, in ${this.#options.target.registry}`,
      found: `no ${lacking.digest}`,
      hint: `Push ${which} to the same place first, or push a complete bundle.`,
    });
  }

  async #pushBlobs(plans: readonly BlobPlan[]): Promise<void> {
    const { onProgress } = this.#options;
    const total = plans.reduce(
      (sum, { upload, size }) => sum + (upload === undefined ? 0 : size),
      0,
    );
    const onBytes = byteCounter(onProgress, 'pushing layers', total);
    onBytes(0);
    await inParallel(plans, uploadsAtOnce, this.#options.signal, (plan, signal) =>
      this.#pushBlob(plan, onBytes, signal),
    );
  }

  async #pushBlob(
    plan: BlobPlan,
    onBytes: (count: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { digest, size, upload, mount } = plan;
    const { registry } = this.#options.target;
    const blob = { digest, size };
    const open = this.#open(plan, signal);
    if (upload !== undefined)
      await this.#client.upload(registry, upload, blob, open, { onBytes, signal });
    for (const { to, from } of mount) {
      const session = await this.#client.mount(registry, to, from, digest, signal);
      if (session === undefined) continue;
      // The registry does not share blobs among repositories.
      const options = { onBytes: () => undefined, signal, session };
      await this.#client.upload(registry, to, blob, open, options);
    }
  }

  /** Returns the bytes of a blob: those of the bundle, else those of a repository that has it. */
  #open({ digest, size, source }: BlobPlan, signal: AbortSignal): () => AsyncIterable<Buffer> {
    const path = blobPath(digest);
    const extent = this.#bundle.source.entries.get(path);
    if (extent !== undefined)
      return () => streamVerified(extent, hexOf(digest), path, pieceBytes, streamReusing);
    const { registry } = this.#options.target;
    return () => this.#client.blob(registry, source ?? '', { digest, size }, signal);
  }

  async #pushDocuments(images: readonly ChosenImage[]): Promise<void> {
    const { registry } = this.#options.target;
    await this.#each(images, async ({ repository, parts }, signal) => {
      for (const document of parts.documents) {
        await this.#client.putManifest(registry, repository, document.digest, document, signal);
      }
    });
  }

  /** Pushes signatures and attestations; lists them under a tag where the registry does not list them itself. */
  async #pushReferrers(images: readonly ChosenImage[]): Promise<void> {
    const { registry } = this.#options.target;
    await this.#each(images, async ({ repository, referrers }, signal) => {
      // One after the other: several may have to be added to one list.
      for (const { document, subject, tag, descriptor } of referrers) {
        const { digest } = document;
        const put = (reference: string, what: PushedDocument) =>
          this.#client.putManifest(registry, repository, reference, what, signal);
        const { knowsSubject } = await put(digest, document);
        if (tag !== undefined) {
          const merged = await this.#withSignaturesThere(repository, tag, document, signal);
          if (merged !== undefined) await put(tag, merged);
        } else if (!knowsSubject) {
          const list = referrersTag(subject);
          const known = await this.#client.manifestIfThere(registry, repository, list, signal);
          const next = withReferrer(known?.bytes, descriptor);
          if (next !== undefined) await put(list, next);
        }
      }
    });
  }

  /** Returns the signatures to put under a tag, with those that others put there; undefined if all are there. */
  async #withSignaturesThere(
    repository: string,
    tag: string,
    document: PushedDocument,
    signal: AbortSignal,
  ): Promise<PushedDocument | undefined> {
    const { registry } = this.#options.target;
    const there = await this.#client.manifestIfThere(registry, repository, tag, signal);
    if (there === undefined) return document;
    if (there.digest === document.digest) return undefined;
    const read = async ({ bytes }: { readonly bytes: Buffer }) => {
      const { config } = signatureManifestIn(bytes, tag);
      return {
        bytes,
        config: await this.#client.document(registry, repository, config, signal),
      };
    };
    const merged = mergeSignatures(tag, await read(there), await read(document));
    if (merged?.config !== undefined) {
      const { descriptor, bytes } = merged.config;
      const open = async function* () {
        yield bytes;
      };
      const options = { onBytes: () => undefined, signal };
      await this.#client.upload(registry, repository, descriptor, open, options);
    }
    return merged?.document;
  }

  async #setTags(images: readonly ChosenImage[]): Promise<void> {
    const { registry } = this.#options.target;
    await this.#each(images, async ({ repository, tag, parts }, signal) => {
      const top = parts.documents.at(-1);
      if (top !== undefined) await this.#client.putManifest(registry, repository, tag, top, signal);
    });
  }

  #each<T>(
    items: Iterable<T>,
    work: (item: T, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    return inParallel(items, requestsAtOnce, this.#options.signal, work);
  }
}

function amounts(plans: readonly BlobPlan[]): Pick<PushReport, 'uploaded' | 'mounted' | 'present'> {
  const of = (count: (plan: BlobPlan) => number): Amount => ({
    blobs: plans.reduce((sum, plan) => sum + count(plan), 0),
    bytes: plans.reduce((sum, plan) => sum + count(plan) * plan.size, 0),
  });
  return {
    uploaded: of(({ upload }) => (upload === undefined ? 0 : 1)),
    mounted: of(({ mount }) => mount.length),
    present: of(({ present }) => present.length),
  };
}
