import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  readonly socket: Socket;
  /** Requests that are being answered. */
  active: number;
  /** When it last began, or accepted a piece of an answer, in performance.now(). */
  movedAt: number;
}

/** Headroom above the limits: a new connection has not been read yet, and a closed one has not been released yet. */
const moreForAMoment = 4096;
const momentMs = 20;

export interface ConnectionBounds {
  readonly mostAnswered: number;
  /**
   * A few kB each instead of a whole buffer: enough for a new client to be read before thousands of others can push
   * it out.
   */
  readonly mostWaiting: number;
  /**
   * Time without accepting a piece of its answer after which a client makes room for a new one, if there is none
   * left.
   */
  readonly slowMs: number;
}

/**
 * Answers at most `mostAnswered` connections at once. A connection that barely accepts its answer makes room; if
 * there is still no room, a new client is refused. When more than `mostWaiting` connections have no request in
 * progress, those that have waited longest are closed, so that clients that send slowly or nothing at all keep no
 * others out.
 */
export function boundConnections(
  server: Server,
  { mostAnswered, mostWaiting, slowMs }: ConnectionBounds,
  onDropped: () => void,
): void {
  /** Keyed by the client's address and port, which a TLS socket shares with the one below it; longest waiting first. */
  const open = new Map<string, Connection>();
  let active = 0;
  let isTrimming = false;
  const drop = (key: string, { socket }: Connection): void => {
    open.delete(key);
    socket.destroy();
    onDropped();
  };
  const trim = (): void => {
    isTrimming = false;
    for (const [key, connection] of open) {
      if (open.size - active <= mostWaiting) return;
      if (connection.active === 0) drop(key, connection);
    }
  };
  const slowest = (): [string, Connection] | undefined => {
    let found: [string, Connection] | undefined;
    for (const one of open) {
      const { active, movedAt } = one[1];
      if (active > 0 && movedAt < (found?.[1].movedAt ?? performance.now() - slowMs)) found = one;
    }
    return found;
  };
  const trimSoon = (): void => {
    if (isTrimming || open.size - active <= mostWaiting) return;
    isTrimming = true;
    // Runs after pending data was read, however late the timer fires.
    setTimeout(() => setImmediate(trim), momentMs).unref();
  };
  server.maxConnections = mostAnswered + mostWaiting + moreForAMoment;
  server.on('drop', onDropped);
  server.on('connection', (socket: Socket) => {
    const key = keyOf(socket);
    const connection = { socket, active: 0, movedAt: 0 };
    open.set(key, connection);
    socket.once('close', () => {
      if (open.get(key) === connection) open.delete(key);
    });
    trimSoon();
  });
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const key = keyOf(request.socket);
    const connection = open.get(key);
    if (connection === undefined) return;
    const move = (): void => {
      connection.movedAt = performance.now();
    };
    if (connection.active === 0 && ++active > mostAnswered)
      drop(...(slowest() ?? [key, connection]));
    connection.active++;
    move();
    response.on('drain', move);
    response.once('close', () => {
      connection.active--;
      if (connection.active > 0) return;
      active--;
      // It counts as waiting from now on.
      if (open.delete(key)) open.set(key, connection);
      trimSoon();
    });
  };
  server.prependListener('request', onRequest);
  server.prependListener('checkContinue', onRequest);
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
