import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { loopbackCertificate } from '@bundle/testkit';
import { Connections } from '../src/exchange.ts';
import { piecesOf } from '../src/pieces.ts';
import type { RegistrySettings } from '../src/settings.ts';

const settings: RegistrySettings = {
  ...{ env: {}, plainHttp: [], insecure: [], mirrors: [], certificates: [] },
  times: { idle: 1000, commit: 1000, helper: 500, retry: 100, longestWait: 10_000 },
};
const { signal } = new AbortController();
const body = randomBytes(5_000_000);
let server: Server;
let connections: Connections;

/** Starts a server, and asks it for a large answer. */
async function ask(listener: RequestListener, scheme = 'http'): Promise<IncomingMessage> {
  server =
    scheme === 'http' ? createServer(listener) : createTlsServer(loopbackCertificate, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  connections = new Connections(settings);
  return askAgain(scheme);
}
function askAgain(scheme = 'http'): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo;
  const url = new URL(`${scheme}://127.0.0.1:${port}/`);
  return connections.exchange({ method: 'GET', url, headers: {}, inPieces: true, signal });
}
afterEach(async () => {
  await connections.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Reads an answer to its end; each piece is copied before the next one is requested. */
async function read(answer: IncomingMessage): Promise<{ bytes: Buffer; pieces: number }> {
  const chunks: Buffer[] = [];
  for await (const piece of piecesOf(answer)) chunks.push(Buffer.from(piece));
  return { bytes: Buffer.concat(chunks), pieces: chunks.length };
}

test.each(['http', 'https'])(
  'a large answer comes whole over %s, in few pieces',
  async (scheme) => {
    const { bytes, pieces } = await read(
      await ask((_, response) => {
        response.writeHead(200, { 'content-length': body.length }).end(body);
      }, scheme),
    );
    expect(bytes.equals(body)).toBe(true);
    expect(pieces).toBeLessThan(20);
    // The next answer comes on another connection.
    expect((await read(await askAgain(scheme))).bytes.equals(body)).toBe(true);
  },
);

test.each([
  ['of unknown length', body, {}],
  ['that is small', body.subarray(0, 1000), { 'content-length': 1000 }],
])('an answer %s comes whole too', async (_, sent, headers) => {
  const answer = await ask((_request, response) => {
    response.writeHead(200, headers);
    response.write(sent.subarray(0, 500));
    response.end(sent.subarray(500));
  });
  expect((await read(answer)).bytes.equals(sent)).toBe(true);
});

test('an answer that is cut gives what has come, then fails', async () => {
  const answer = await ask((_, response) => {
    response.writeHead(200, { 'content-length': body.length });
    response.write(body.subarray(0, 700_000), () => response.destroy());
  });
  const chunks: Buffer[] = [];
  const work = async (): Promise<void> => {
    for await (const piece of piecesOf(answer)) chunks.push(Buffer.from(piece));
  };
  await expect(work()).rejects.toThrow(/cut|ECONNRESET|aborted/);
  expect(Buffer.concat(chunks).equals(body.subarray(0, 700_000))).toBe(true);
});

test('a slow connection shows progress before a piece is full', async () => {
  const answer = await ask((_, response) => {
    response.writeHead(200, { 'content-length': body.length });
    response.write(body.subarray(0, 1000));
    setTimeout(() => response.write(body.subarray(1000, 2000)), 400);
  });
  const first = await piecesOf(answer)[Symbol.asyncIterator]().next();
  expect(first.value).toHaveLength(2000);
});

test('a connection on which nothing comes any more is given up', async () => {
  const answer = await ask((_, response) => {
    response.writeHead(200, { 'content-length': body.length });
    response.write(body.subarray(0, 600_000));
  });
  await expect(read(answer)).rejects.toThrow('nothing came for 1 s');
});

test('a reader that takes its time makes the server wait, and gets everything', async () => {
  const large = Buffer.alloc(40_000_000, body);
  let sent = 0;
  const answer = await ask((_, response) => {
    response.writeHead(200, { 'content-length': large.length });
    const send = (): void => {
      while (sent < large.length) {
        const part = large.subarray(sent, sent + 100_000);
        sent += part.length;
        if (!response.write(part)) return void response.once('drain', send);
      }
      response.end();
    };
    send();
  });
  const pieces = piecesOf(answer)[Symbol.asyncIterator]();
  const first = Buffer.from((await pieces.next()).value);
  await wait(500);
  // What is on its way is in the buffers of the system.
  expect(sent).toBeLessThan(large.length / 2);
  let count = first.length;
  let same = first.equals(large.subarray(0, first.length));
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
    same &&= next.value.equals(large.subarray(count, count + next.value.length));
    count += next.value.length;
  }
  expect({ count, same }).toEqual({ count: large.length, same: true });
});
