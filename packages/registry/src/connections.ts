import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  readonly socket: Socket;
  /** Requests that are being answered. */
  active: number;
}

/** So many more for a moment: who has just come has not been listened to yet, and what is closed is not gone yet. */
const moreForAMoment = 1024;
const momentMs = 20;

/**
 * Holds no more than `most` connections. When there are more, those that have waited longest without a request are
 * closed: somebody who sends nothing, or slowly, keeps nobody out. Only when as many are being answered, those that come
 * are turned away.
 */
export function boundConnections(server: Server, most: number, onDropped: () => void): void {
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
      if (open.size <= most) return;
      if (connection.active === 0) drop(key, connection);
    }
  };
  const trimSoon = (): void => {
    if (isTrimming || open.size <= most) return;
    isTrimming = true;
    // After what came was read, however late the timer is.
    setTimeout(() => setImmediate(trim), momentMs).unref();
  };
  server.maxConnections = most + moreForAMoment;
  server.on('drop', onDropped);
  server.on('connection', (socket: Socket) => {
    const key = keyOf(socket);
    const connection = { socket, active: 0 };
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
    if (connection.active === 0 && ++active > most) drop(key, connection);
    connection.active++;
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
