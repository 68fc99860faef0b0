import type { IncomingMessage } from 'node:http';
import { BundleError, type Descriptor, type Digest, limits } from '@bundle/format';
import { type RegistryConnection, type RegistryRequest, readBody } from './connection.ts';
import { connectionError, statusError, wordsOf } from './failures.ts';
import { isBusy, isPassing, maxTries, pause, waitBefore } from './retry.ts';

export interface UploadOptions {
  /** Called with the number of bytes that the registry has in addition. */
  readonly onBytes: (count: number) => void;
  readonly signal: AbortSignal;
  /** An upload that has begun already. */
  readonly session?: URL;
}

/**
 * Takes a blob over from another repository of the same registry. Returns undefined when that is done, or the upload
 * that the registry began because it cannot do that.
 */
export async function mountBlob(
  connection: RegistryConnection,
  repository: string,
  from: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<URL | undefined> {
  const query = new URLSearchParams({ mount: digest, from });
  const answer = await connection.send({
    method: 'POST',
    to: `${repository}/blobs/uploads/?${query}`,
    scopes: [{ repository, push: true }, { repository: from }],
    accept: [201, 202],
    operation: 'pushing the layer',
    subject: `${connection.name}/${repository}@${digest}`,
    signal,
  });
  answer.resume();
  return answer.statusCode === 201 ? undefined : connection.locationIn(answer);
}

/**
 * Uploads a blob. An upload that is cut goes on from what the registry has; `open` then gives all bytes again. The
 * registry takes the blob only with the right digest. Fails with the errors of `send`, and with those of `open`.
 */
export async function uploadBlob(
  connection: RegistryConnection,
  repository: string,
  blob: Pick<Descriptor, 'digest' | 'size'>,
  open: () => AsyncIterable<Buffer>,
  options: UploadOptions,
): Promise<void> {
  await new Upload(connection, repository, blob, open, options).run();
}

/** Progress after which an interrupted upload counts as a new one. */
const worthwhileBytes = 64 * 1024;

class Upload {
  readonly #connection: RegistryConnection;
  readonly #repository: string;
  readonly #blob: Pick<Descriptor, 'digest' | 'size'>;
  readonly #open: () => AsyncIterable<Buffer>;
  readonly #options: UploadOptions;
  readonly #subject: string;
  /** Where to go on; undefined before it has begun. */
  #location: URL | undefined;
  /** Bytes that the registry has. */
  #offset = 0;
  /** Bytes that were reported. */
  #reported = 0;

  constructor(
    connection: RegistryConnection,
    repository: string,
    blob: Pick<Descriptor, 'digest' | 'size'>,
    open: () => AsyncIterable<Buffer>,
    options: UploadOptions,
  ) {
    this.#connection = connection;
    this.#repository = repository;
    this.#blob = blob;
    this.#open = open;
    this.#options = options;
    this.#subject = `${connection.name}/${repository}@${blob.digest}`;
    this.#location = options.session;
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    for (let tries = 1; ; tries += 1) {
      const before = this.#offset;
      this.#location ??= await this.#begin();
      const failure = await this.#sendRest(this.#location);
      if (failure === undefined && (await this.#end())) return;
      signal.throwIfAborted();
      try {
        await this.#askWhere();
      } catch (error) {
        // What went wrong first says more.
        throw failure?.error ?? error;
      }
      if (this.#offset - before >= worthwhileBytes) tries = 1;
      const next = waitBefore(tries, failure?.retryAfter, this.#connection.times);
      if (tries >= maxTries || next === undefined) throw failure?.error ?? this.#unfinished();
      await pause(next, signal);
    }
  }

  async #begin(): Promise<URL> {
    const answer = await this.#ask('POST', `${this.#repository}/blobs/uploads/`, [202]);
    this.#offset = 0;
    return this.#connection.locationIn(answer);
  }

  /** Sends what the registry lacks; returns what went wrong if that may pass, and throws what will not. */
  async #sendRest(
    to: URL,
  ): Promise<{ readonly error: unknown; readonly retryAfter?: string | undefined } | undefined> {
    const { size } = this.#blob;
    const start = this.#offset;
    if (start === size) return undefined;
    let broken: { readonly error: unknown } | undefined;
    const rest = this.#rest(start, (error) => {
      broken = { error };
    });
    const asked = this.#asked();
    try {
      const answer = await this.#connection.send({
        method: 'PATCH',
        to,
        scopes: [{ repository: this.#repository, push: true }],
        headers: {
          'content-type': 'application/octet-stream',
          // A whole blob in one piece goes without: some registries take the header for a piece of several.
          ...(start === 0 ? {} : { 'content-range': `${start}-${size - 1}` }),
        },
        body: { size: size - start, chunks: () => rest },
        accept: 'any',
        once: true,
        signal: this.#options.signal,
        ...asked,
      });
      const body = await readBody(answer, limits.maxTextFileBytes);
      if (answer.statusCode === 202 || answer.statusCode === 201 || answer.statusCode === 204) {
        this.#offset = size;
        this.#location = this.#connection.locationIn(answer, to);
        return undefined;
      }
      const error = statusError(asked, answer, wordsOf(body));
      // A token may expire between two requests; an upload may be forgotten.
      const mayPass = isBusy(answer) || [401, 404, 416].includes(answer.statusCode ?? 0);
      if (!mayPass) throw error;
      return { error, retryAfter: answer.headers['retry-after'] };
    } catch (error) {
      // The bundle could not be read, or is damaged: the registry never got the end.
      if (broken !== undefined) throw broken.error;
      this.#options.signal.throwIfAborted();
      const isCut = error instanceof BundleError && error.code === 'registry-unreachable';
      if (!isCut || !isPassing(error.details.cause, true)) throw connectionError(asked, error);
      return { error };
    }
  }

  /** Streams the bytes from `start` on. */
  async *#rest(start: number, onBroken: (error: unknown) => void): AsyncGenerator<Buffer> {
    let skip = start;
    let sent = start;
    try {
      for await (const chunk of this.#open()) {
        const part = chunk.subarray(Math.min(skip, chunk.length));
        skip -= chunk.length - part.length;
        if (part.length === 0) continue;
        sent += part.length;
        this.#report(sent);
        yield part;
      }
    } catch (error) {
      onBroken(error);
      throw error;
    }
  }

  #report(sent: number): void {
    if (sent <= this.#reported) return;
    this.#options.onBytes(sent - this.#reported);
    this.#reported = sent;
  }

  /** Ends the upload with its digest; false if the registry has forgotten it without keeping the blob. */
  async #end(): Promise<boolean> {
    const to = new URL(this.#location ?? '');
    to.searchParams.set('digest', this.#blob.digest);
    const { statusCode } = await this.#ask('PUT', to, [201, 204, 404]);
    if (statusCode !== 404) return true;
    // The answer to an earlier try may have been lost.
    const path = `${this.#repository}/blobs/${this.#blob.digest}`;
    return (await this.#ask('HEAD', path, [200, 404])).statusCode === 200;
  }

  /** Finds out how much the registry has of an upload that was cut; one that it has forgotten begins again. */
  async #askWhere(): Promise<void> {
    if (this.#location === undefined) return;
    const answer = await this.#ask('GET', this.#location, [200, 202, 204, 404]);
    const last = /^(?:bytes=)?0-(\d+)$/.exec(String(answer.headers.range ?? ''))?.[1];
    if (answer.statusCode === 404 || last === undefined) {
      this.#location = undefined;
      this.#offset = 0;
      return;
    }
    // Of nothing, registries say `0-0` too.
    if (Number(last) === 0) {
      this.#location = undefined;
      this.#offset = 0;
      return;
    }
    this.#location = this.#connection.locationIn(answer, this.#location);
    this.#offset = Math.min(Number(last) + 1, this.#blob.size);
  }

  async #ask(
    method: RegistryRequest['method'],
    to: string | URL,
    accept: readonly number[],
  ): Promise<IncomingMessage> {
    const answer = await this.#connection.send({
      ...{ method, to, accept, ...this.#asked(), signal: this.#options.signal },
      scopes: [{ repository: this.#repository, push: true }],
      ...(method === 'POST' || method === 'PUT' ? { body: Buffer.alloc(0) } : {}),
    });
    answer.resume();
    return answer;
  }

  #asked() {
    const { name: registry } = this.#connection;
    return { operation: 'pushing the layer', subject: this.#subject, registry };
  }

  #unfinished(): BundleError {
    return new BundleError('registry-failed', {
      operation: 'pushing the layer',
      subject: this.#subject,
      expected: 'an upload that the registry keeps until its end',
      found: 'one that it forgets',
      hint: 'See the log of the registry.',
    });
  }
}
