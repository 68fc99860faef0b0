import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  readonly socket: Socket;
  /** Requests that are being answered. */
  active: number;
}

/** Sockets that were destroyed count until the system has closed them, and the next ones come sooner. */
const closingAtMost = 1024;

/**
 * Holds no more than `most` connections at once. Who comes when there are so many takes the place of the one that has
 * waited longest without a request: somebody who sends nothing, or slowly, keeps nobody out. Only where all are being
 * answered is it turned away.
 */
export function boundConnections(server: Server, most: number, onDropped: () => void): void {
  /** By the client's address and port, which a TLS socket shares with the one below it; longest waiting first. */
  const open = new Map<string, Connection>();
  server.maxConnections = most + closingAtMost;
  server.on('drop', onDropped);
  server.on('connection', (socket: Socket) => {
    if (open.size >= most) {
      onDropped();
      const longest = [...open].find(([, { active }]) => active === 0);
      if (longest === undefined) {
        socket.destroy();
        return;
      }
      open.delete(longest[0]);
      longest[1].socket.destroy();
    }
    const key = keyOf(socket);
    const connection = { socket, active: 0 };
    open.set(key, connection);
    socket.once('close', () => {
      if (open.get(key) === connection) open.delete(key);
    });
  });
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const key = keyOf(request.socket);
    const connection = open.get(key);
    if (connection === undefined) return;
    connection.active++;
    response.once('close', () => {
      connection.active--;
      // It waits from now on.
      if (open.delete(key)) open.set(key, connection);
    });
  };
  server.prependListener('request', onRequest);
  server.prependListener('checkContinue', onRequest);
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
