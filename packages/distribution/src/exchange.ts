import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { certificatesFor, systemAuthorities } from './certificates.ts';
import { PieceHttpAgent, PieceHttpsAgent, takeBody } from './pieces.ts';
import { proxyFor } from './proxy.ts';
import { accessTo, type RegistrySettings } from './settings.ts';

/** Bytes to send: small ones, or a stream whose length is known. A chunk may be valid only until the next is requested. */
export type RequestBody =
  | Buffer
  | { readonly size: number; readonly chunks: () => AsyncIterable<Buffer> };

export interface Exchange {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
  /** Whether the answer is read by `piecesOf`, because it may be large. */
  readonly inPieces?: boolean | undefined;
  readonly signal: AbortSignal;
}

/** Connections of one process to registries: kept alive, and shared by all requests to a host. */
export class Connections {
  readonly #settings: RegistrySettings;
  readonly #agents = new Map<string, Promise<HttpAgent>>();

  constructor(settings: RegistrySettings) {
    this.#settings = settings;
  }

  /** Sends a request and returns the answer as soon as its headers are there. */
  async exchange({
    method,
    url,
    headers,
    body,
    inPieces,
    signal,
  }: Exchange): Promise<IncomingMessage> {
    const agent = await this.#agentOf(url);
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    const length = body === undefined ? undefined : 'chunks' in body ? body.size : body.length;
    return new Promise((resolve, reject) => {
      const sent = request(url, {
        method,
        agent,
        signal,
        headers: {
          'user-agent': 'offline-bundle',
          ...(length === undefined ? {} : { 'content-length': String(length) }),
          ...headers,
        },
      });
      const { idle, commit } = this.#settings.times;
      let patience = idle;
      const waitFor = (milliseconds: number): void => {
        patience = milliseconds;
        sent.setTimeout(milliseconds);
      };
      waitFor(idle);
      sent.on('timeout', () => sent.destroy(new Error(`nothing came for ${patience / 1000} s`)));
      // It now moves or hashes what it has: to ask for that again would only do it twice at once.
      const onSent = (): void => waitFor(commit);
      if (isUpload(method, url)) sent.on('finish', onSent);
      sent.on('response', (answer) => {
        sent.off('finish', onSent);
        waitFor(idle);
        // A registry that refuses an upload answers before it has read all of it.
        if (!sent.writableFinished) answer.once('close', () => sent.destroy());
        if (inPieces === true && isContent(answer)) takeBody(answer);
        resolve(answer);
      });
      sent.on('error', reject);
      if (body === undefined || Buffer.isBuffer(body)) sent.end(body);
      else if ('chunks' in body) {
        sendChunks(sent, body.chunks()).catch((error: unknown) => {
          sent.destroy();
          reject(error);
        });
      }
    });
  }

  /** Closes idle connections; the process could not end otherwise. */
  async close(): Promise<void> {
    for (const agent of this.#agents.values()) (await agent).destroy();
    this.#agents.clear();
  }

  #agentOf(url: URL): Promise<HttpAgent> {
    const agent = this.#agents.get(url.origin) ?? this.#makeAgent(url);
    this.#agents.set(url.origin, agent);
    return agent;
  }

  async #makeAgent(url: URL): Promise<HttpAgent> {
    const { protocol, host } = url;
    const { env, certificates } = this.#settings;
    const common = { keepAlive: true, maxSockets: maxConnectionsToHost };
    const address = proxyFor(url, env);
    const isDirect = address === undefined;
    const [Http, Https] = isDirect ? [PieceHttpAgent, PieceHttpsAgent] : [HttpAgent, HttpsAgent];
    // Without NO_PROXY, which means less to Node.
    const proxy = isDirect ? {} : { proxyEnv: { http_proxy: address, https_proxy: address } };
    if (protocol === 'http:') return new Http({ ...common, ...proxy });
    const { verify } = accessTo(host, this.#settings);
    const { own, ...client } = await certificatesFor(host, certificates);
    // Reading the authorities of the system takes time, which is only worth it where they count.
    const ca = verify ? [...systemAuthorities(), ...own] : [...own];
    return new Https({ ...common, ...proxy, ca, ...client, rejectUnauthorized: verify });
  }
}

/** Tells whether a request has bytes of a blob, or ends its upload: a registry may have long to do with them. */
function isUpload(method: Exchange['method'], { searchParams }: URL): boolean {
  return method === 'PATCH' || (method === 'PUT' && searchParams.has('digest'));
}

/** Tells whether an answer has what was asked for, or a part of it. */
function isContent({ statusCode }: IncomingMessage): boolean {
  return statusCode === 200 || statusCode === 206;
}

const maxConnectionsToHost = 16;

/** Sends chunks one after another; each is valid only until the next one is requested. */
async function sendChunks(
  sent: ReturnType<typeof requestHttp>,
  chunks: AsyncIterable<Buffer>,
): Promise<void> {
  for await (const chunk of chunks) {
    if (sent.destroyed) return;
    await new Promise<void>((resolve) => {
      // A request that ends early may not report what it still had to write; it fails with the reason.
      const go = (): void => {
        sent.off('close', go);
        resolve();
      };
      sent.on('close', go);
      sent.write(chunk, go);
    });
  }
  if (!sent.destroyed) sent.end();
}
