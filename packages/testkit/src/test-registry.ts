import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A small registry in this process, for the faults that a real one does not produce on demand. */
export interface TestRegistry {
  /** `ADDRESS:PORT`, with brackets around an IPv6 address. */
  readonly host: string;
  /** Blobs and manifests by digest. */
  readonly content: Map<string, Buffer>;
  /** Digests that each repository has: names of blobs and manifests. */
  readonly repositories: Map<string, Set<string>>;
  /** Digest by `REPOSITORY:TAG`, in the order in which the tags were set. */
  readonly tags: Map<string, string>;
  /** "GET /v2/…" of every request. */
  readonly requests: string[];
  /** Headers of every request, in the same order. */
  readonly headers: IncomingMessage['headers'][];
  close(): Promise<void>;
}

export interface TestRegistryOptions {
  /** Handles a request in place of the registry, or makes a mess of it; returns true if it did. */
  readonly fault?: (request: IncomingMessage, response: ServerResponse) => boolean;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Default: 127.0.0.1. */
  readonly address?: string;
}

export async function startTestRegistry({
  fault = () => false,
  tls,
  address = '127.0.0.1',
}: TestRegistryOptions = {}): Promise<TestRegistry> {
  const content = new Map<string, Buffer>();
  const repositories = new Map<string, Set<string>>();
  const tags = new Map<string, string>();
  const uploads = new Map<string, Buffer[]>();
  const requests: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const state = { content, repositories, tags, uploads };
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    requests.push(`${request.method} ${request.url}`);
    headers.push(request.headers);
    if (!fault(request, response)) answer(state, request, response).catch(() => response.destroy());
  };
  const server = tls === undefined ? createServer(handle) : createTlsServer(tls, handle);
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `${address.includes(':') ? `[${address}]` : address}:${port}`,
    ...{ content, repositories, tags, requests, headers },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Puts the images of a layout into a registry, as `REPOSITORY:TAG`. */
export async function fillRegistry(
  { content, repositories, tags }: TestRegistry,
  folder: string,
  repository: string,
  images: readonly { readonly tag: string; readonly topDigest: string }[],
): Promise<void> {
  const blobs = join(folder, 'blobs/sha256');
  const own = repositories.get(repository) ?? new Set<string>();
  repositories.set(repository, own);
  for (const name of await readdir(blobs)) {
    content.set(`sha256:${name}`, await readFile(join(blobs, name)));
    own.add(`sha256:${name}`);
  }
  for (const { tag, topDigest } of images) tags.set(`${repository}:${tag}`, topDigest);
}

interface State extends Pick<TestRegistry, 'content' | 'repositories' | 'tags'> {
  readonly uploads: Map<string, Buffer[]>;
}

const route = /^\/v2\/(?<name>.+?)\/(?<kind>manifests|blobs\/uploads|blobs)\/(?<last>[^/?]*)$/;

async function answer(
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '', 'http://registry');
  if (url.pathname === '/v2/') return void response.end('{}');
  const { name = '', kind, last = '' } = route.exec(url.pathname)?.groups ?? {};
  const own = state.repositories.get(name) ?? new Set<string>();
  if (kind === 'blobs/uploads') return upload(state, own, name, last, url, request, response);
  if (kind === 'manifests' && request.method === 'PUT') {
    const bytes = await bodyOf(request);
    const digest = digestOf(bytes);
    const missing = missingBelow(bytes, own);
    if (missing !== undefined) return refuse(response, 400, 'MANIFEST_BLOB_UNKNOWN', missing);
    state.content.set(digest, bytes);
    state.repositories.set(name, own.add(digest));
    if (!last.startsWith('sha256:')) state.tags.set(`${name}:${last}`, digest);
    response.writeHead(201, { 'docker-content-digest': digest }).end();
    return;
  }
  const digest = last.startsWith('sha256:') ? last : state.tags.get(`${name}:${last}`);
  const bytes = digest !== undefined && own.has(digest) ? state.content.get(digest) : undefined;
  if (kind === undefined || bytes === undefined) {
    return refuse(response, 404, kind === 'blobs' ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN', last);
  }
  const mediaType = kind === 'manifests' ? String(JSON.parse(bytes.toString()).mediaType) : 'x/y';
  const common = { 'content-type': mediaType, 'docker-content-digest': digest };
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const part = bytes.subarray(start);
  response.writeHead(start > 0 ? 206 : 200, {
    ...common,
    'content-length': part.length,
    ...(start > 0 ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : part);
}

async function upload(
  { content, repositories, uploads }: State,
  own: Set<string>,
  name: string,
  id: string,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const mount = url.searchParams.get('mount');
  const from = url.searchParams.get('from');
  if (request.method === 'POST') {
    if (mount !== null && from !== null && repositories.get(from)?.has(mount)) {
      repositories.set(name, own.add(mount));
      response.writeHead(201, { location: `/v2/${name}/blobs/${mount}` }).end();
      return;
    }
    const session = randomUUID();
    uploads.set(session, []);
    return accepted(response, name, session, 0);
  }
  const chunks = uploads.get(id);
  if (chunks === undefined) return refuse(response, 404, 'BLOB_UPLOAD_UNKNOWN', id);
  // What came before a cut connection counts, as with a real registry.
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve, reject) => {
    request.on('end', resolve);
    request.on('error', reject);
  });
  const all = Buffer.concat(chunks);
  if (request.method === 'GET') return accepted(response, name, id, all.length, 204);
  if (request.method !== 'PUT') return accepted(response, name, id, all.length);
  const digest = url.searchParams.get('digest') ?? '';
  if (digestOf(all) !== digest) return refuse(response, 400, 'DIGEST_INVALID', digest);
  content.set(digest, all);
  repositories.set(name, own.add(digest));
  response.writeHead(201, { location: `/v2/${name}/blobs/${digest}` }).end();
}

function accepted(
  response: ServerResponse,
  name: string,
  id: string,
  size: number,
  status = 202,
): void {
  const range = `0-${Math.max(size - 1, 0)}`;
  response.writeHead(status, { location: `/v2/${name}/blobs/uploads/${id}`, range }).end();
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}

/** Returns a blob or manifest that a manifest names and its repository lacks. */
function missingBelow(bytes: Buffer, own: ReadonlySet<string>): string | undefined {
  const { config, layers = [], manifests = [] } = JSON.parse(bytes.toString());
  const named: { digest: string }[] = [...(config ? [config] : []), ...layers, ...manifests];
  return named.find(({ digest }) => !own.has(digest))?.digest;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
