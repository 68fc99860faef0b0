import type { IncomingMessage } from 'node:http';
import { BundleError } from '@bundle/format';
import { type Challenge, parseChallenge } from './challenge.ts';
import { type Credentials, credentialsFor } from './credentials.ts';
import type { Connections, Exchange, RequestBody } from './exchange.ts';
import { type Asked, connectionError, statusError, wordsOf } from './failures.ts';
import { apiHost, isLoopback } from './hosts.ts';
import { isBusy, isPassing, maxTries, pause, waitBefore } from './retry.ts';
import { accessTo, type RegistrySettings } from './settings.ts';
import {
  basicAuthorization,
  parseToken,
  type Scope,
  scopeText,
  type Token,
  tokenRequest,
} from './tokens.ts';

export interface RegistryRequest extends Pick<Exchange, 'inPieces' | 'signal'> {
  readonly method: Exchange['method'];
  /** Path below `/v2/`, or where the registry said to go on. */
  readonly to: string | URL;
  readonly scopes: readonly Scope[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  /** Statuses that are an answer; any other one is an error. `any`: the caller decides. */
  readonly accept: readonly number[] | 'any';
  /** For messages: "reading the manifest of", and what. */
  readonly operation: string;
  readonly subject: string;
  /** Whether to send it only once: the caller decides how to go on. */
  readonly once?: boolean;
}

const maxRedirects = 5;
/** What a registry says about an error, and what a token server answers. */
const maxWordsBytes = 256 * 1024;

/** A registry, as this user may reach it: scheme, authentication, redirects and repetitions. */
export class RegistryConnection {
  readonly name: string;
  readonly #host: string;
  readonly #connections: Connections;
  readonly #settings: RegistrySettings;
  #base: Promise<URL> | undefined;
  /** Once it is known. */
  #origin: string | undefined;
  #challenge: Challenge | undefined;
  #credentials: Promise<Credentials | undefined> | undefined;
  readonly #tokens = new Map<string, Promise<Token>>();

  constructor(name: string, connections: Connections, settings: RegistrySettings) {
    this.name = name;
    this.#host = apiHost(name);
    this.#connections = connections;
    this.#settings = settings;
  }

  get times(): RegistrySettings['times'] {
    return this.#settings.times;
  }

  /**
   * Sends a request, again if the registry is busy or the connection was cut. Fails with `registry-unreachable`,
   * `registry-denied`, `image-not-found` or `registry-failed`.
   */
  async send(request: RegistryRequest): Promise<IncomingMessage> {
    const { signal, operation, subject } = request;
    const asked = { operation, subject, registry: this.name };
    for (let tries = 1; ; tries += 1) {
      const isLast = tries === maxTries || request.once === true;
      let answer: IncomingMessage;
      try {
        answer = await this.#sendAuthorized(request, asked);
      } catch (error) {
        signal.throwIfAborted();
        if (isLast || error instanceof BundleError || !isPassing(error, this.#origin !== undefined))
          throw connectionError(asked, error);
        await pause(waitBefore(tries, undefined, this.times) ?? 0, signal);
        continue;
      }
      const { accept } = request;
      if (accept === 'any' || accept.includes(answer.statusCode ?? 0)) return answer;
      const words = wordsOf(await readBody(answer, maxWordsBytes));
      const next = waitBefore(tries, answer.headers['retry-after'], this.times);
      if (isLast || !isBusy(answer) || next === undefined) throw statusError(asked, answer, words);
      await pause(next, signal);
    }
  }

  /** Returns where an answer says to go on. Fails with `registry-failed` if it does not say. */
  locationIn({ headers, statusCode }: IncomingMessage, otherwise?: URL): URL {
    const { location } = headers;
    if (location !== undefined && URL.canParse(location, this.#origin))
      return new URL(location, this.#origin);
    if (otherwise !== undefined) return otherwise;
    throw new BundleError('registry-failed', {
      operation: 'pushing to',
      subject: this.name,
      expected: 'an address for the upload',
      found: `status ${statusCode} without one`,
      hint: 'See the log of the registry.',
    });
  }

  /** Sends a request with the authorization that the registry wants, which may only become known on the way. */
  async #sendAuthorized(request: RegistryRequest, asked: Asked): Promise<IncomingMessage> {
    const { to, scopes, signal } = request;
    const base = await this.#reach(signal);
    const url = typeof to === 'string' ? new URL(to, base) : to;
    // Elsewhere, the registry's credentials are nobody's business.
    const isOwn = url.origin === base.origin;
    if (!isOwn && !this.#mayGo(base, url)) throw this.#badRedirect(base, url);
    const authorization = isOwn ? await this.#authorization(scopes, asked, signal) : undefined;
    const answer = await this.#follow(request, url, authorization);
    if (answer.statusCode !== 401 || !isOwn) return answer;
    // The token has expired early, or the registry wants something else than it said at first.
    const challenge = parseChallenge(answer.headers['www-authenticate'] ?? '');
    if (challenge === undefined) return answer;
    this.#challenge = challenge;
    this.#tokens.delete(keyOf(scopes));
    // What was sent is gone; the caller sends it again, with a new token.
    if (request.once === true) return answer;
    const again = await this.#authorization(scopes, asked, signal);
    if (again === undefined || (again === authorization && challenge.scheme === 'basic'))
      return answer;
    answer.resume();
    return this.#follow(request, url, again);
  }

  /** Follows redirects; the authorization goes only to the registry itself. */
  async #follow(
    { method, headers = {}, body, inPieces, signal }: RegistryRequest,
    start: URL,
    authorization: string | undefined,
  ): Promise<IncomingMessage> {
    let url = start;
    for (let count = 0; ; count += 1) {
      const isOwn = url.origin === start.origin;
      const answer = await this.#connections.exchange({
        method,
        url,
        body,
        inPieces,
        signal,
        headers: {
          ...headers,
          ...(authorization !== undefined && isOwn ? { authorization } : {}),
        },
      });
      const { location } = answer.headers;
      const isRedirect = [301, 302, 303, 307, 308].includes(answer.statusCode ?? 0);
      if (!isRedirect || location === undefined || !['GET', 'HEAD'].includes(method)) return answer;
      answer.resume();
      const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
      if (next === undefined || count === maxRedirects || !this.#mayGo(url, next))
        throw this.#badRedirect(url, next);
      next.username = '';
      next.password = '';
      url = next;
    }
  }

  /** Tells whether a redirect is safe: only what came without TLS may go on without it. */
  #mayGo(from: URL, to: URL): boolean {
    if (to.protocol === 'https:') return true;
    const isPlain =
      from.protocol === 'http:' || accessTo(to.host, this.#settings).schemes[0] === 'http';
    return to.protocol === 'http:' && (isPlain || isLoopback(to.host));
  }

  #badRedirect(from: URL, to: URL | undefined): BundleError {
    return new BundleError('registry-failed', {
      operation: 'following a redirect of',
      subject: this.name,
      expected: 'an address with TLS, after a few redirects',
      found:
        to === undefined
          ? `an address that is not valid, from ${from.host}`
          : `${to.protocol}//${to.host}`,
      hint: 'Ask whoever runs the registry.',
    });
  }

  /** Finds out once whether the registry uses TLS, and how it wants to be asked. */
  #reach(signal: AbortSignal): Promise<URL> {
    this.#base ??= this.#probe(signal);
    this.#base.catch(() => {
      this.#base = undefined;
    });
    return this.#base;
  }

  async #probe(signal: AbortSignal): Promise<URL> {
    const { schemes } = accessTo(this.#host, this.#settings);
    let failure: unknown;
    for (const scheme of schemes) {
      const url = new URL(`${scheme}://${this.#host}/v2/`);
      try {
        const answer = await this.#connections.exchange({
          method: 'GET',
          url,
          headers: {},
          signal,
        });
        answer.resume();
        this.#challenge = parseChallenge(answer.headers['www-authenticate'] ?? '');
        this.#origin = url.origin;
        return url;
      } catch (error) {
        // Without TLS, the answer to its first bytes is what is wrong.
        failure ??= error;
        signal.throwIfAborted();
      }
    }
    throw failure;
  }

  async #authorization(
    scopes: readonly Scope[],
    asked: Asked,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (this.#challenge === undefined) return undefined;
    const credentials = await this.#ownCredentials(signal);
    if (credentials?.kind === 'bearer') return `Bearer ${credentials.token}`;
    if (this.#challenge.scheme === 'basic')
      return credentials?.kind === 'password' ? basicAuthorization(credentials) : undefined;
    return `Bearer ${(await this.#token(this.#challenge, scopes, credentials, asked, signal)).text}`;
  }

  #ownCredentials(signal: AbortSignal): Promise<Credentials | undefined> {
    const { env, times } = this.#settings;
    this.#credentials ??= credentialsFor(this.name, { env, timeoutMs: times.helper, signal });
    return this.#credentials;
  }

  /** Returns a token that is still valid; requests of one scope share it. */
  async #token(
    challenge: Extract<Challenge, { scheme: 'bearer' }>,
    scopes: readonly Scope[],
    credentials: Credentials | undefined,
    asked: Asked,
    signal: AbortSignal,
  ): Promise<Token> {
    const key = keyOf(scopes);
    const known = await this.#tokens.get(key);
    if (known !== undefined && known.expires > Date.now()) return known;
    const fetching = this.#fetchToken(challenge, scopes, credentials, asked, signal);
    this.#tokens.set(key, fetching);
    fetching.catch(() => this.#tokens.delete(key));
    return fetching;
  }

  async #fetchToken(
    challenge: Extract<Challenge, { scheme: 'bearer' }>,
    scopes: readonly Scope[],
    credentials: Credentials | undefined,
    asked: Asked,
    signal: AbortSignal,
  ): Promise<Token> {
    const isPlain = (await this.#reach(signal)).protocol === 'http:';
    const request = tokenRequest(challenge, scopes, credentials, { name: this.name, isPlain });
    for (let tries = 1; ; tries += 1) {
      const now = Date.now();
      const answer = await this.#connections.exchange({ ...request, signal });
      const { statusCode, headers } = answer;
      const body = await readBody(answer, maxWordsBytes);
      const token = statusCode === 200 ? parseToken(body, now) : undefined;
      if (token !== undefined) return token;
      const next = waitBefore(tries, headers['retry-after'], this.times);
      if (isBusy(answer) && tries < maxTries && next !== undefined) {
        await pause(next, signal);
        continue;
      }
      // A missing token server says nothing about the image.
      if (statusCode !== 200 && statusCode !== 404) throw statusError(asked, answer, wordsOf(body));
      throw new BundleError('registry-denied', {
        operation: 'asking for a token for',
        subject: this.name,
        expected: 'a token',
        found: `an answer of ${request.url.host} without one (status ${statusCode})`,
        hint: 'Ask whoever runs the registry.',
      });
    }
  }
}

function keyOf(scopes: readonly Scope[]): string {
  return scopes.map(scopeText).join(' ');
}

/** Reads an answer, but only up to a size in bytes. */
export async function readBody(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      answer.destroy();
      break;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
