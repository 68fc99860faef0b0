import { connect } from 'node:net';
import { Readable } from 'node:stream';

const pieceBytes = 1024 * 1024;
/** Reading into a smaller rest of a piece costs more than leaving it unused. */
const smallestReadBytes = 64 * 1024;
const maxHeadBytes = 16 * 1024;

/**
 * Reads the body of a GET over a unix socket, in pieces of about 1 MiB. Node's HTTP client allocates a buffer for each
 * write of the engine, 22 kB: for a large archive that costs more than compressing a tenth of it. With HTTP/1.0 (RFC
 * 1945) the body ends with the connection and has no frames, so it is read straight into its final buffer. Returns
 * undefined for any answer but a 200 with such a body; the ordinary client then finds out why.
 */
export function downloadFromSocket(
  socketPath: string,
  path: string,
  signal: AbortSignal,
): Promise<Readable | undefined> {
  return new Promise((resolve, reject) => {
    let piece = Buffer.allocUnsafeSlow(pieceBytes);
    let filled = 0;
    let body: Readable | undefined;

    /** Passes on the bytes so far; returns false if the reader wants no more for now. */
    const push = (): boolean => {
      const full = piece.subarray(0, filled);
      piece = Buffer.allocUnsafeSlow(pieceBytes);
      filled = 0;
      return body?.push(full) ?? true;
    };
    const begin = (): void => {
      const end = piece.subarray(0, filled).indexOf('\r\n\r\n');
      if (end === -1 && filled < maxHeadBytes) return;
      const head = piece.toString('latin1', 0, Math.max(0, end));
      if (!/^HTTP\/1\.[01] 200 /.test(head) || /^transfer-encoding:/im.test(head)) {
        socket.destroy();
        resolve(undefined);
        return;
      }
      piece.copyWithin(0, end + 4, filled);
      filled -= end + 4;
      body = new Readable({
        highWaterMark: 2 * pieceBytes,
        read: () => socket.resume(),
        destroy: (error, done) => {
          socket.destroy();
          done(error);
        },
      });
      resolve(body);
    };
    const socket = connect({
      path: socketPath,
      signal,
      onread: {
        buffer: () => piece.subarray(filled),
        callback: (count) => {
          filled += count;
          if (body === undefined) begin();
          return piece.length - filled >= smallestReadBytes || push();
        },
      },
    });
    socket.on('connect', () => socket.write(`GET ${path} HTTP/1.0\r\nHost: docker\r\n\r\n`));
    socket.on('end', () => {
      if (body === undefined) return resolve(undefined);
      if (filled > 0) push();
      body.push(null);
    });
    socket.on('error', (error) => {
      if (body === undefined) reject(error);
      else body.destroy(error);
    });
  });
}
