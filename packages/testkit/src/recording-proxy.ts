import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A request that a client sent to an engine. */
export interface EngineCall {
  readonly method: string;
  /** With version and query: `/v1.43/images/load?quiet=1`. */
  readonly path: string;
}

export interface RecordingProxy {
  /** Value of DOCKER_HOST that leads through the proxy. */
  readonly dockerHost: string;
  /** All requests so far, in order. */
  readonly calls: readonly EngineCall[];
  /** Those that may change something on the engine: all but GET and HEAD. */
  changing(): EngineCall[];
  close(): Promise<void>;
}

/**
 * Listens on the Unix socket `socket`, passes each request on to the engine at the Unix socket `engine`, and records
 * it. Streams in both directions, such as loads, builds and attached containers, pass unchanged.
 */
export async function recordEngine(engine: string, socket: string): Promise<RecordingProxy> {
  const calls: EngineCall[] = [];
  const open = new Set<Duplex>();
  const record = ({ method = '', url = '' }: IncomingMessage): void => {
    calls.push({ method, path: url });
  };
  const forwarded = ({ method, url, headers }: IncomingMessage) =>
    request({ socketPath: engine, method, path: url, headers, agent: false });
  const server = createServer((incoming, answer) => {
    record(incoming);
    const onward = forwarded(incoming);
    onward.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      // Headers of an endless answer, such as a log, have to arrive before its first byte.
      answer.flushHeaders();
      pipeline(response, answer).catch(() => answer.destroy());
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    pipeline(incoming, onward).catch(() => onward.destroy());
  });
  server.on('upgrade', (incoming, client: Duplex, head) => {
    record(incoming);
    const onward = forwarded(incoming);
    onward.on('upgrade', (response, upstream, first) => {
      const lines = response.rawHeaders.flatMap((name, index, all) =>
        index % 2 === 0 ? [`${name}: ${all[index + 1]}`] : [],
      );
      const status = `HTTP/1.1 ${response.statusCode} ${response.statusMessage}`;
      client.write(`${[status, ...lines].join('\r\n')}\r\n\r\n`);
      client.write(first);
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
      upstream.on('error', () => client.destroy());
      client.on('error', () => upstream.destroy());
    });
    onward.on('error', () => client.destroy());
    onward.end();
  });
  server.on('connection', (connection) => {
    open.add(connection);
    connection.on('close', () => open.delete(connection));
  });
  await rm(socket, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(socket, resolve);
  });
  return {
    dockerHost: `unix://${socket}`,
    calls,
    changing: () => calls.filter(({ method }) => method !== 'GET' && method !== 'HEAD'),
    close: () =>
      new Promise((resolve) => {
        for (const connection of open) connection.destroy();
        server.close(() => resolve());
      }),
  };
}
