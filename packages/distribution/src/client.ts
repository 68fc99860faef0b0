import {
  BundleError,
  type Descriptor,
  type Digest,
  digestOf,
  imageIndexSchema,
  isDigest,
  limits,
  mediaTypes,
  parseJson,
} from '@bundle/format';
import { streamBlob } from './blob.ts';
import { RegistryConnection, readBody } from './connection.ts';
import { Connections } from './exchange.ts';
import type { RegistrySettings } from './settings.ts';
import { mountBlob, type UploadOptions, uploadBlob } from './upload.ts';

/** A document of a registry, with the digest of its bytes. */
export interface RegistryDocument {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

const manifestTypes = [
  mediaTypes.imageIndex,
  mediaTypes.imageManifest,
  mediaTypes.dockerManifestList,
  mediaTypes.dockerManifest,
];

/** A client of registries (OCI distribution-spec). Call `close` at the end. */
export class RegistryClient {
  readonly #settings: RegistrySettings;
  readonly #connections: Connections;
  readonly #registries = new Map<string, RegistryConnection>();

  constructor(settings: RegistrySettings) {
    this.#settings = settings;
    this.#connections = new Connections(settings);
  }

  connection(registry: string): RegistryConnection {
    const known = this.#registries.get(registry);
    const connection = known ?? new RegistryConnection(registry, this.#connections, this.#settings);
    this.#registries.set(registry, connection);
    return connection;
  }

  /**
   * Reads an image manifest or image index by tag or digest. Fails with the errors of `send`, and with
   * `digest-mismatch`.
   */
  async manifest(
    registry: string,
    repository: string,
    reference: string,
    signal: AbortSignal,
  ): Promise<RegistryDocument> {
    const separator = reference.includes(':') ? '@' : ':';
    const subject = `${registry}/${repository}${separator}${reference}`;
    const operation = 'reading the manifest of';
    const answer = await this.connection(registry).send({
      method: 'GET',
      to: `${repository}/manifests/${reference}`,
      scopes: [{ repository }],
      headers: { accept: manifestTypes.join(', ') },
      accept: [200],
      ...{ operation, subject, signal },
    });
    const bytes = await readBody(answer, limits.maxImageJsonBytes);
    const digest = digestOf(bytes);
    const named = separator === '@' ? reference : answer.headers['docker-content-digest'];
    if (named !== undefined && named !== digest) {
      throw new BundleError('digest-mismatch', {
        operation,
        subject,
        expected: String(named).slice(0, 100),
        found: digest,
        hint: 'The registry, or a proxy before it, is damaged or cut the answer short: run the command again.',
      });
    }
    return { digest, bytes, mediaType: answer.headers['content-type'] ?? '' };
  }

  /** Reads a manifest or index as `manifest` does; undefined if there is none. */
  async manifestIfThere(
    registry: string,
    repository: string,
    reference: string,
    signal: AbortSignal,
  ): Promise<RegistryDocument | undefined> {
    try {
      return await this.manifest(registry, repository, reference, signal);
    } catch (error) {
      if (error instanceof BundleError && error.code === 'image-not-found') return undefined;
      throw error;
    }
  }

  /**
   * Lists what refers to a manifest (distribution-spec, listing referrers): by the API, or else by the tag that stands
   * for it. Fails with `registry-failed` for a list that is none.
   */
  async referrers(
    registry: string,
    repository: string,
    subject: Digest,
    signal: AbortSignal,
  ): Promise<readonly Descriptor[]> {
    const answer = await this.connection(registry).send({
      method: 'GET',
      to: `${repository}/referrers/${subject}`,
      scopes: [{ repository }],
      headers: { accept: mediaTypes.imageIndex },
      // Registries without the API do not know the path.
      accept: [200, 400, 404, 405],
      operation: 'listing the signatures and attestations of',
      subject: `${registry}/${repository}@${subject}`,
      signal,
    });
    const bytes = await readBody(answer, limits.maxImageJsonBytes);
    const listed =
      answer.statusCode === 200
        ? bytes
        : (await this.manifestIfThere(registry, repository, referrersTag(subject), signal))?.bytes;
    if (listed === undefined) return [];
    const parsed = imageIndexSchema.safeParse(documentIn(listed));
    if (parsed.success) return parsed.data.manifests;
    throw new BundleError('registry-failed', {
      operation: 'listing the signatures and attestations of',
      subject: `${registry}/${repository}@${subject}`,
      expected: 'an image index',
      found: 'another document',
      hint: 'Ask whoever runs the registry, or leave out --referrers.',
    });
  }

  /** Streams a blob; see `streamBlob`. */
  blob(
    registry: string,
    repository: string,
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    signal: AbortSignal,
  ): AsyncGenerator<Buffer> {
    return streamBlob(this.connection(registry), repository, descriptor, signal);
  }

  /** Reads a small blob. Fails with the errors of `blob`, and with `registry-failed` if it is larger than a document. */
  async document(
    registry: string,
    repository: string,
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    signal: AbortSignal,
  ): Promise<Buffer> {
    if (descriptor.size > limits.maxImageJsonBytes) {
      throw new BundleError('registry-failed', {
        operation: 'reading the document',
        subject: `${registry}/${repository}@${descriptor.digest}`,
        expected: `at most ${limits.maxImageJsonBytes} bytes`,
        found: `${descriptor.size} bytes`,
        hint: 'No image has a document of this size: check the name of the image.',
      });
    }
    const chunks: Buffer[] = [];
    for await (const chunk of this.blob(registry, repository, descriptor, signal))
      chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  }

  /** Returns the digest that a tag leads to, or that a manifest has; undefined if there is none. */
  async digestOf(
    registry: string,
    repository: string,
    reference: string,
    signal: AbortSignal,
  ): Promise<Digest | undefined> {
    const answer = await this.connection(registry).send({
      method: 'HEAD',
      to: `${repository}/manifests/${reference}`,
      scopes: [{ repository, push: true }],
      headers: { accept: manifestTypes.join(', ') },
      accept: [200, 404],
      operation: 'looking for',
      subject: `${registry}/${repository}:${reference}`,
      signal,
    });
    answer.resume();
    if (answer.statusCode === 404) return undefined;
    const digest = String(answer.headers['docker-content-digest'] ?? '');
    if (isDigest(digest)) return digest;
    return (await this.manifest(registry, repository, reference, signal)).digest;
  }

  async hasBlob(
    registry: string,
    repository: string,
    digest: Digest,
    signal: AbortSignal,
  ): Promise<boolean> {
    const answer = await this.connection(registry).send({
      method: 'HEAD',
      to: `${repository}/blobs/${digest}`,
      scopes: [{ repository, push: true }],
      accept: [200, 404],
      operation: 'looking for',
      subject: `${registry}/${repository}@${digest}`,
      signal,
    });
    answer.resume();
    return answer.statusCode === 200;
  }

  /** Takes a blob over from another repository; see `mountBlob`. */
  mount(
    registry: string,
    repository: string,
    from: string,
    digest: Digest,
    signal: AbortSignal,
  ): Promise<URL | undefined> {
    return mountBlob(this.connection(registry), repository, from, digest, signal);
  }

  /** Uploads a blob; see `uploadBlob`. */
  upload(
    registry: string,
    repository: string,
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    open: () => AsyncIterable<Buffer>,
    options: UploadOptions,
  ): Promise<void> {
    return uploadBlob(this.connection(registry), repository, descriptor, open, options);
  }

  /**
   * Puts a manifest or index under a tag or its digest. Fails with the errors of `send`, and with `digest-mismatch` if
   * the registry has made something else of it.
   */
  async putManifest(
    registry: string,
    repository: string,
    reference: string,
    { digest, mediaType, bytes }: RegistryDocument,
    signal: AbortSignal,
  ): Promise<{ readonly knowsSubject: boolean }> {
    const operation = 'pushing the manifest of';
    const subject = `${registry}/${repository}${isDigest(reference) ? '@' : ':'}${reference}`;
    const answer = await this.connection(registry).send({
      method: 'PUT',
      to: `${repository}/manifests/${reference}`,
      scopes: [{ repository, push: true }],
      headers: { 'content-type': mediaType },
      body: bytes,
      accept: [200, 201, 202],
      ...{ operation, subject, signal },
    });
    answer.resume();
    const found = answer.headers['docker-content-digest'];
    // Only a registry with the API of referrers says so (distribution-spec, pushing manifests with a subject).
    const knowsSubject = answer.headers['oci-subject'] !== undefined;
    if (found === undefined || found === digest) return { knowsSubject };
    throw new BundleError('digest-mismatch', {
      ...{ operation, subject },
      expected: digest,
      found: String(found).slice(0, 100),
      hint: 'The registry changes what is pushed to it: ask whoever runs it.',
    });
  }

  async close(): Promise<void> {
    await this.#connections.close();
  }
}

/** Returns the tag under which referrers are listed where a registry lacks their API (distribution-spec). */
export function referrersTag(subject: Digest): string {
  return subject.replace(':', '-');
}

function documentIn(bytes: Buffer): unknown {
  try {
    return parseJson(bytes);
  } catch {
    return undefined;
  }
}
