import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  readonly socket: Socket;
  /** Requests that are being answered. */
  active: number;
  /** When it last began, or took a piece of an answer: performance.now(). */
  movedAt: number;
}

/** So many more for a moment: who has just come has not been listened to yet, and what is closed is not gone yet. */
const moreForAMoment = 4096;
const momentMs = 20;

export interface ConnectionBounds {
  readonly mostAnswered: number;
  /** Some kB each, not a buffer: enough that who has just come is heard before thousands can push him out. */
  readonly mostWaiting: number;
  /** Who has taken no piece of its answer for so long makes room for who comes when there is none. */
  readonly slowMs: number;
}

/**
 * Answers no more than `mostAnswered` connections at once: one that hardly takes its answer makes room, and where there is
 * none, who comes is turned away. When more than `mostWaiting` have no request under way, those that have waited longest
 * are closed: somebody who sends nothing, or slowly, keeps nobody out.
 */
export function boundConnections(
  server: Server,
  { mostAnswered, mostWaiting, slowMs }: ConnectionBounds,
  onDropped: () => void,
): void {
  /** By the client's address and port, which a TLS socket shares with the one below it; longest waiting first. */
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
    // After what came was read, however late the timer is.
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
      // It waits from now on.
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
