import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ImagePackages, imagePackages, LayerReader } from '../src/index.ts';
import type { LayerRecord } from '../src/layer/record.ts';

export type Files = Readonly<Record<string, string | Buffer>>;
export type TarFormat = 'ustar' | 'pax' | 'gnu';

/** Makes a layer with GNU tar. A path that ends with `/` is a folder. `links`: hard links, each to another path. */
export function layerOf(
  files: Files,
  format: TarFormat = 'pax',
  links: Readonly<Record<string, string>> = {},
): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'layer-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      const place = join(folder, path);
      mkdirSync(path.endsWith('/') ? place : dirname(place), { recursive: true });
      if (!path.endsWith('/')) writeFileSync(place, content);
    }
    for (const [path, target] of Object.entries(links)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      linkSync(join(folder, target), join(folder, path));
    }
    const options = { maxBuffer: 1024 * 1024 * 1024 };
    return execFileSync(
      'tar',
      ['-C', folder, '--sort=name', `--format=${format}`, '-cf', '-', '.'],
      options,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Reads a layer in pieces of some size, as it would stream past. */
export function recordOf(layer: Buffer, pieceBytes = 64 * 1024): LayerRecord {
  const reader = new LayerReader();
  for (let at = 0; at < layer.length; at += pieceBytes) {
    // A buffer that is used again, as an export does.
    const piece = Buffer.from(layer.subarray(at, at + pieceBytes));
    reader.push(piece);
    piece.fill(0xaa);
  }
  return reader.end();
}

/** Reads the layers of an image, bottom first. */
export function packagesOf(...layers: readonly Files[]): ImagePackages {
  return imagePackages(
    { reference: 'shop:1', imageId: `sha256:${'1'.repeat(64)}` },
    layers.map((files) => recordOf(layerOf(files))),
  );
}

/** Returns `type name version` of each package. */
export function listOf({ packages }: ImagePackages): string[] {
  return packages.map(({ type, name, version = '' }) => `${type} ${name} ${version}`.trim());
}

export const dpkgStatus = (...packages: readonly [name: string, version: string][]): string =>
  packages
    .map(
      ([name, version]) =>
        `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\nDescription: a\n package\n`,
    )
    .join('\n');
