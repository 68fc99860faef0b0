import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packTar } from '@bundle/archive';
import { layerWith, packImages, type RawImage } from './image-archive.ts';
import { type LaidOutImage, makeLayout, type TestImage } from './layout.ts';

const run = promisify(execFile);

/** The base layer of all images, large enough for several frames. */
const base = layerWith('base', Buffer.alloc(2.5 * 1024 * 1024, 'base '));

const compose = `name: shop
services:
  backend:
    image: shop/backend:1.0
    env_file: [{path: .env, required: false}]
  frontend:
    image: shop/frontend:1.0
    depends_on: [backend]
  nginx:
    image: nginx:1.27
    volumes: ["./nginx/default.conf:/etc/nginx/conf.d/default.conf:ro"]
    ports: ["8080:80"]
`;

/** Makes an image of the base layer and one of its own. */
export function imageOf(reference: string, content = reference): RawImage {
  const own = layerWith('app', Buffer.alloc(1024, `${content}\n`));
  const layers = [base, own];
  const diff_ids = layers.map((layer) => `sha256:${sha256(layer)}`);
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      created: '2026-01-01T00:00:00Z',
      config: { Cmd: [content] },
      rootfs: { type: 'layers', diff_ids },
    }),
  );
  return { reference, config, layers };
}

/** Writes a tar of images as docker save since version 25. */
export async function saveNew(file: string, images: readonly RawImage[]): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of packTar(packImages(images), () => undefined)) chunks.push(chunk);
  await writeFile(file, Buffer.concat(chunks));
}

/**
 * Writes a tar of images as docker save before version 25; `tags`: their names, none for an image that was saved by its
 * ID. With `gzip`, as kaniko and crane: layers are compressed, and their files are named after the compressed bytes.
 */
export async function saveOld(
  file: string,
  images: readonly RawImage[],
  { tags = true, gzip }: { tags?: boolean; gzip?: (layer: Buffer) => Buffer } = {},
): Promise<void> {
  const entries = new Map<string, Buffer>();
  const manifest = images.map(({ reference, config, layers }) => {
    const Config = `${sha256(config)}.json`;
    entries.set(Config, config);
    const Layers = layers.map((layer) => {
      const stored = gzip === undefined ? layer : gzip(layer);
      const path = gzip === undefined ? `${sha256(layer)}/layer.tar` : `${sha256(stored)}.tar.gz`;
      entries.set(path, stored);
      return path;
    });
    return { Config, RepoTags: tags ? [reference] : null, Layers };
  });
  const last = Buffer.from(JSON.stringify(manifest));
  const all = [...entries, ['manifest.json', last] as const];
  const chunks: Buffer[] = [];
  const packed = all.map(([path, content]) => ({ path, size: content.length, content }));
  for await (const chunk of packTar(packed, () => undefined)) chunks.push(chunk);
  await writeFile(file, Buffer.concat(chunks));
}

/** Writes a tar of an OCI image layout, as `podman save --format oci-archive` and skopeo do. */
export async function saveLayout(
  file: string,
  images: readonly TestImage[],
): Promise<LaidOutImage[]> {
  const laidOut = await makeLayout(`${file}.layout`, images);
  await run('tar', ['-C', `${file}.layout`, '-cf', file, '.']);
  await rm(`${file}.layout`, { recursive: true });
  return laidOut;
}

/** Makes the folder that people make by hand: image tars, Compose file, configuration, notes and checksums. */
export async function makeHandMadeFolder(folder: string): Promise<void> {
  await mkdir(join(folder, 'nginx'), { recursive: true });
  await mkdir(join(folder, 'build-cache'), { recursive: true });
  await saveOld(join(folder, 'backend-image.tar'), [imageOf('shop/backend:1.0')]);
  await saveNew(join(folder, 'frontend-image.tar'), [imageOf('shop/frontend:1.0')]);
  await saveNew(join(folder, 'nginx-image.tar'), [imageOf('nginx:1.27')]);
  const texts = {
    'docker-compose.yml': compose,
    'env.example': 'DB_PASSWORD=\nLOG_LEVEL=info\n',
    'nginx/default.conf': 'server { listen 80; }\n',
    'images-info.txt': 'backend 1.0\n',
    'README.txt': 'Load the images with docker load.\n',
    'build-cache/index.json': '{}',
  };
  for (const [path, text] of Object.entries(texts)) await writeFile(join(folder, path), text);
  await writeSums(folder, 'checksums.sha256');
}

/** Writes a checksum list of all files but lists, as sha256sum does. */
export async function writeSums(folder: string, list: string): Promise<void> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const lines: string[] = [];
  for (const entry of files) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || /\.(sha256|md5)$/.test(entry.name)) continue;
    lines.push(`${sha256(await readFile(path))}  ${path.slice(folder.length + 1)}\n`);
  }
  await writeFile(join(folder, list), lines.sort().join(''));
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
