import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Digest, digestOfHex } from '@bundle/format';
import { type BundleWriter, createFolderWriter } from '@bundle/store';
import type { ComingLayer, LayerSource, WantedImage } from '../src/images/layer-source.ts';
import type { Omission } from '../src/images/omission.ts';
import { writeLayers } from '../src/images/write-layers.ts';

// A source that records its requests, because an engine does not report how much it gathers.

const nothing: Omission = { omits: () => false, stored: () => undefined };
const digestOf = (text: string): Digest =>
  digestOfHex(createHash('sha256').update(text).digest('hex'));
const groupOf = (n: number): WantedImage[] => [{ source: `app:${n}`, id: digestOf(`image ${n}`) }];
const groups = Array.from({ length: 30 }, (_, n) => groupOf(n));

let folder: string;
let writer: BundleWriter;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layers-'));
  writer = await createFolderWriter({
    output: join(folder, 'out'),
    headBytes: 0,
    mtime: new Date(0),
  });
});
afterEach(async () => {
  await writer.abort();
  await rm(folder, { recursive: true });
});

const options = { onProgress: () => undefined, signal: new AbortController().signal };
const write = (source: LayerSource, wanted: WantedImage[][], omission = nothing) =>
  writeLayers(source, wanted, writer, { omission, expectedBytes: 0, ...options });

function streamed(text: string): ComingLayer {
  const digest = digestOf(text);
  return {
    arrived: digest,
    store: async (append) => {
      await append(Buffer.from(text));
      return { arrived: digest, layer: { digest, mediaType: 'x', size: text.length } };
    },
  };
}

/** Groups of one layer each, with a record of those that are open. */
class Watched implements LayerSource {
  openNow = 0;
  mostOpen = 0;
  readonly opened: string[] = [];
  readonly layersOf: (name: string) => readonly ComingLayer[];

  constructor(layersOf: (name: string) => readonly ComingLayer[]) {
    this.layersOf = layersOf;
  }
  async open([image]: readonly WantedImage[]) {
    const name = image?.source ?? '';
    this.opened.push(name);
    this.openNow += 1;
    this.mostOpen = Math.max(this.mostOpen, this.openNow);
    await setTimeout(1);
    const { layersOf } = this;
    return {
      async *layers() {
        yield* layersOf(name);
      },
      end: async () => ({ blobs: new Map(), configs: new Map() }),
      close: () => {
        this.openNow -= 1;
      },
    };
  }
}

test('thirty images on thirty bases are requested three at a time, in order', async () => {
  const source = new Watched((name) => [streamed(name)]);
  const saved = await write(source, groups);
  expect(source.opened).toEqual(groups.map(([image]) => image?.source));
  expect(source.mostOpen).toBe(3);
  expect([...saved.layers.keys()]).toEqual(groups.map((_, n) => digestOf(`app:${n}`)));
  expect(source.openNow).toBe(0);
});

test('readings opened ahead are closed when a layer cannot be read', async () => {
  const source = new Watched((name) =>
    name === 'app:4'
      ? [{ arrived: undefined, store: () => Promise.reject(new Error('the engine is gone')) }]
      : [streamed(name)],
  );
  await expect(write(source, groups)).rejects.toThrow('the engine is gone');
  await setTimeout(10);
  expect(source.opened).toHaveLength(7);
  expect(source.openNow).toBe(0);
});

test('from a damaged known layer on, everything is read again and written in the same order', async () => {
  const file = join(folder, 'known');
  await writeFile(file, 'app:1');
  let isDamaged = true;
  const source = new Watched((name) => {
    if (name !== 'app:1' && name !== 'app:2') return [streamed(name)];
    const layer = { digest: digestOf(name), mediaType: 'x', size: 5 };
    const known = {
      layer: name === 'app:2' && isDamaged ? layer : { ...layer, digest: digestOf('app:1') },
      from: { file, offset: 0, size: 5 },
      isCached: true,
      damaged: async () => {
        isDamaged = false;
      },
    };
    return name === 'app:2' && !isDamaged ? [streamed(name)] : [{ arrived: digestOf(name), known }];
  });
  const saved = await write(source, groups.slice(0, 5));
  expect(source.opened.filter((name) => name === 'app:2')).toHaveLength(2);
  expect([...saved.layers.values()].map(({ digest }) => digest)).toEqual(
    [0, 1, 2, 3, 4].map((n) => digestOf(`app:${n}`)),
  );
  expect(saved.reused).toEqual(new Set([digestOf('app:1')]));
  await writer.finish([], options);
  expect(await readdir(join(folder, 'out/images/blobs/sha256'))).toHaveLength(5);
});

test('a layer that the hosts have is skipped, and read only if its stored form is unknown', async () => {
  const read: string[] = [];
  const source = new Watched((name) => {
    const layer = streamed(name);
    if (layer.known !== undefined || layer.onHosts !== undefined) return [layer];
    const store: typeof layer.store = (append) => {
      read.push(name);
      return layer.store(append);
    };
    return [{ ...layer, store }];
  });
  const there = { digest: digestOf('as it is stored there'), mediaType: 'x', size: 1 };
  const omission: Omission = {
    omits: (arrived) => arrived !== digestOf('app:2'),
    stored: (arrived) => (arrived === digestOf('app:0') ? there : undefined),
  };
  const saved = await write(source, groups.slice(0, 3), omission);
  expect(read).toEqual(['app:1', 'app:2']);
  expect(saved.omitted).toEqual(new Set([there.digest, digestOf('app:1')]));
  await writer.finish([], options);
  expect(await readdir(join(folder, 'out/images/blobs/sha256'))).toHaveLength(1);
});
