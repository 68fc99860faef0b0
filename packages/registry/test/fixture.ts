import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLayoutEngine } from '@bundle/engine';
import { exportBundle, type PlannedFile } from '@bundle/export';
import { partListSuffix } from '@bundle/format';
import { type LaidOutImage, makeLayout, type TestImage } from '@bundle/testkit';

/** File extensions of a bundle, which determine its form. */
export const forms = ['folder', 'tar', 'tar.parts.json'] as const;

export interface TestBundle {
  readonly path: string;
  readonly images: readonly LaidOutImage[];
}

/** Makes a valid bundle of these images with the real exporter, over the embedded engine. */
export async function buildBundle(path: string, images: readonly TestImage[]): Promise<TestBundle> {
  const layout = `${path}.layout`;
  const isSplit = path.endsWith(partListSuffix);
  const output = isSplit ? path.slice(0, -partListSuffix.length) : path;
  const laidOut = await makeLayout(layout, images);
  await exportBundle(
    createLayoutEngine(layout),
    {
      product: 'shop',
      images: images.map(({ reference }) => ({
        reference,
        source: reference,
        services: [],
        built: false,
      })),
      files: ['docker-compose.yml', 'compose.offline.yml', 'env.example'].map(textFile),
      builds: [],
      envFiles: [],
      profiles: [],
      composeProfiles: ['*'],
      toSet: [],
      leftOut: [],
      mounts: [],
      sourceMounts: [],
      privateKeys: [],
      warnings: [],
    },
    {
      output,
      format: output.endsWith('.tar') ? 'tar' : 'folder',
      // Small enough that blobs span several parts.
      ...(isSplit ? { partBytes: 1000 } : {}),
      force: false,
      version: '1.0',
      pull: 'never',
      rebuild: false,
      onProgress: () => undefined,
      signal: new AbortController().signal,
    },
  );
  await rm(layout, { recursive: true });
  return { path, images: laidOut };
}

function textFile(path: string): PlannedFile {
  return { path, content: { text: '{}\n' }, executable: false, why: 'test' };
}

/** Makes a layer of about this many stored bytes. */
export function bigLayer(bytes: number): TestImage['layers'][number] {
  const text = randomBytes(Math.ceil((bytes * 3) / 4)).toString('base64');
  return { text, compression: 'gzip' };
}

export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends one request on a connection of its own. Fails when the answer is cut off. */
export function ask(
  url: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(url), { path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
        }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Returns the code of the first error in a body of the specification’s form. */
export function errorCode({ body }: Reply): string {
  return JSON.parse(body.toString('utf8')).errors[0].code;
}

/** Sends bytes unchanged and returns everything received until the server closed the connection. */
export function raw(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    // A server may cut off a sender of nonsense with a reset.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}
