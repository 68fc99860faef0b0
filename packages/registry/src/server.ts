import { once } from 'node:events';
import { createServer, type Server, type ServerOptions } from 'node:http';
import {
  createServer as createTlsServer,
  type ServerOptions as TlsServerOptions,
} from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { BundleError, reasonOf, systemErrorCode } from '@bundle/format';
import { boundConnections } from './connections.ts';
import type { RegistryContent } from './content.ts';
import type { Credentials } from './credentials.ts';
import {
  createRegistryHandler,
  noRequests,
  type RequestCounts,
  type RequestHandler,
} from './handler.ts';

export interface RegistryOptions {
  readonly content: RegistryContent;
  /** Default: 127.0.0.1, reachable from this host only. */
  readonly host?: string;
  /** Default: 0, any free port. */
  readonly port?: number;
  /** Speak TLS with this certificate (chain) and key, both PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Clients that are answered; all of them when absent. */
  readonly credentials?: Credentials;
  /**
   * Connections answered at once, up to 1 MB each. Further ones are refused unless one of these has accepted almost
   * nothing for `slowMs`. Default: 128.
   */
  readonly maxConnections?: number;
  /** Default: 5 s. */
  readonly slowMs?: number;
  /** When more connections wait without a request, those that have waited longest are closed. Default: 4096. */
  readonly maxWaiting?: number;
  /** Idle time after which a client that neither sends nor accepts a byte is cut off. Default: 60 s. */
  readonly stallTimeoutMs?: number;
  /** Time that a client has to send the head of a request. Default: 10 s. */
  readonly headersTimeoutMs?: number;
  /** Closes the endpoint. */
  readonly signal?: AbortSignal;
  /** Receives errors of the server, such as a damaged blob. */
  readonly onFailure?: (error: unknown) => void;
}

export interface RegistryStats extends Readonly<RequestCounts> {
  readonly connections: number;
  /** Connections closed because there were too many. */
  readonly dropped: number;
  /**
   * Requests that were not HTTP, were too long, or were not completed in time. Docker’s first attempt with TLS
   * counts as one.
   */
  readonly malformed: number;
}

export interface RunningRegistry {
  readonly host: string;
  readonly port: number;
  /** `HOST:PORT`, as it precedes the name in a reference. */
  readonly address: string;
  readonly url: string;
  /** Cuts every connection; resolves when the port is free again. */
  close(): Promise<void>;
  stats(): RegistryStats;
}

const maxHeaderBytes = 16 * 1024;
const maxHeaders = 100;
const keepAliveMs = 60_000;
/** Backlog of connections that the system holds until they are accepted; a client beyond it retries after a second. */
const mostComing = 4096;

/** Starts a read-only endpoint (OCI distribution-spec v1.1, pull); fails with `address-unavailable`. */
export async function startRegistry({
  content,
  host = '127.0.0.1',
  port = 0,
  tls,
  credentials,
  maxConnections = 128,
  maxWaiting = 4096,
  slowMs = 5000,
  stallTimeoutMs = 60_000,
  headersTimeoutMs = 10_000,
  signal,
  onFailure = () => undefined,
}: RegistryOptions): Promise<RunningRegistry> {
  signal?.throwIfAborted();
  const counts = noRequests();
  const more = { connections: 0, dropped: 0, malformed: 0 };
  const handler = createRegistryHandler(content, { counts, credentials, onFailure });
  const serverOptions: ServerOptions = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersTimeoutMs,
    requestTimeout: headersTimeoutMs * 2,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: Math.min(headersTimeoutMs / 2, 2000),
    noDelay: true,
  };
  const server = tls
    ? createSecureServer({ ...serverOptions, ...tls, handshakeTimeout: headersTimeoutMs }, handler)
    : createServer(serverOptions, handler);
  const bounds = { mostAnswered: maxConnections, mostWaiting: maxWaiting, slowMs };
  boundConnections(server, bounds, () => more.dropped++);
  server.maxHeadersCount = maxHeaders;
  server.setTimeout(stallTimeoutMs, (socket) => socket.destroy());
  server.on('connection', () => more.connections++);
  // Without `100 Continue`, a client that wants to push sends no body at all.
  server.on('checkContinue', handler);
  server.on('clientError', (error, socket) => {
    // Data after the first error is not a request either.
    if (socket.writableEnded) return;
    more.malformed++;
    refuseConnection(error, socket as Socket);
  });
  await listen(server, host, port);
  // For example a connection that could not be accepted because no file descriptor was left.
  server.on('error', onFailure);
  const { port: bound } = server.address() as AddressInfo;
  const address = `${host.includes(':') ? `[${host}]` : host}:${bound}`;
  const close = onlyOnce(() => closeServer(server));
  const onAbort = (): void => void close();
  signal?.addEventListener('abort', onAbort, { once: true });
  server.once('close', () => signal?.removeEventListener('abort', onAbort));
  if (signal?.aborted === true) await close();
  signal?.throwIfAborted();
  return {
    host,
    port: bound,
    address,
    url: `${tls === undefined ? 'http' : 'https'}://${address}`,
    close,
    stats: () => ({ ...counts, ...more }),
  };
}

function createSecureServer(options: TlsServerOptions, handler: RequestHandler): Server {
  try {
    return createTlsServer(options, handler);
  } catch (error) {
    throw new BundleError('input-unreadable', {
      operation: 'reading the TLS certificate and its key',
      expected: 'a certificate (chain) and the key that belongs to it, both PEM',
      found: reasonOf(error),
      hint: 'Give both with --tls-cert and --tls-key; a key with a passphrase is not supported.',
      cause: error,
    });
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    server.listen({ host, port, backlog: mostComing });
    await once(server, 'listening');
  } catch (error) {
    throw new BundleError('address-unavailable', {
      operation: 'listening at',
      subject: `${host} port ${port}`,
      expected: 'an address of this host and a free port',
      found: reasonOf(error),
      hint:
        systemErrorCode(error) === 'EADDRINUSE'
          ? 'Something else listens on it: choose another port.'
          : 'Choose another address or port.',
      cause: error,
    });
  }
}

function refuseConnection(error: Error, socket: Socket): void {
  const statuses: Readonly<Record<string, string>> = {
    HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
    ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  };
  const status = statuses[systemErrorCode(error) ?? ''] ?? '400 Bad Request';
  // In the middle of an answer, the client would read this text as part of it.
  if (socket.writable && socket.bytesWritten === 0) {
    socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }
  socket.destroySoon();
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function onlyOnce(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= act();
    return done;
  };
}
