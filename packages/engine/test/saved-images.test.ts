import { createHash } from 'node:crypto';
import { FramePool, type PackEntry, packTar } from '@bundle/archive';
import type { Digest } from '@bundle/format';
import { layerOf } from '@bundle/testkit';
import { readSavedImages } from '../src/docker/saved-images.ts';

const never = new AbortController().signal;
const hex = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const entry = (path: string, content: Buffer): PackEntry => ({
  path,
  size: content.length,
  content,
});
const json = (document: unknown): Buffer => Buffer.from(JSON.stringify(document));

const layers = ['a', 'b', 'c'].map(layerOf);
// Longer than one frame, so that a skipped layer has a rest.
const long = Buffer.concat([layerOf('long'), Buffer.alloc(5_000_000, 1)]);
const config = json({ os: 'linux' });
const archives: Record<string, PackEntry[]> = {
  'since Docker 25': [
    ...[...layers, long, config].map((blob) => entry(`blobs/sha256/${hex(blob)}`, blob)),
    entry(
      'manifest.json',
      json([{ Config: `blobs/sha256/${hex(config)}`, RepoTags: ['a:1', 'a:2'], Layers: [] }]),
    ),
    entry('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
  ],
  'before Docker 25': [
    ...[...layers, long].flatMap((layer, index) => [
      entry(`${index}/VERSION`, Buffer.from('1.0')),
      entry(`${index}/json`, json({ id: index })),
      entry(`${index}/layer.tar`, layer),
    ]),
    entry(`${hex(config)}.json`, config),
    entry(
      'manifest.json',
      json([{ Config: `${hex(config)}.json`, RepoTags: ['a:1', 'a:2'], Layers: [] }]),
    ),
    entry('repositories', json({ a: { '1': 'x' } })),
  ],
};

async function readAll(entries: PackEntry[], isRead: (index: number) => boolean) {
  const pool = new FramePool();
  const reading = readSavedImages(
    packTar(entries, () => undefined),
    never,
  );
  const found: string[] = [];
  const named: (Digest | undefined)[] = [];
  for await (const layer of reading.layers({ pool, onBytes: () => undefined })) {
    named.push(layer.digest);
    if (!isRead(named.length - 1)) continue;
    const hash = createHash('sha256');
    for await (const frame of layer.frames()) {
      hash.update(frame);
      pool.give(Buffer.from(frame.buffer));
    }
    found.push(hash.digest('hex'));
  }
  return { named, found, ...reading.documents() };
}

describe.each(Object.entries(archives))('an archive of docker save %s', (_name, entries) => {
  test('yields every layer, and the configs by name', async () => {
    const { found, configs, blobs } = await readAll(entries, () => true);
    expect(found).toEqual([...layers, long].map(hex));
    expect([...configs]).toEqual(['a:1', 'a:2'].map((name) => [name, `sha256:${hex(config)}`]));
    expect(blobs.get(`sha256:${hex(config)}`)).toEqual(config);
  });

  test.each([0, 1, 2, 3])('continues after layer %i, which is skipped', async (passed) => {
    const { found } = await readAll(entries, (index) => index !== passed);
    expect(found).toEqual([...layers, long].map(hex).filter((_, index) => index !== passed));
  });

  test('yields its documents when all layers are skipped', async () => {
    const { named, configs } = await readAll(entries, () => false);
    expect(named).toHaveLength(4);
    expect(configs.size).toBe(2);
  });
});

test.each([
  ['no manifest.json', [entry('repositories', json({}))]],
  ['a manifest.json that cannot be read', [entry('manifest.json', Buffer.from('[{'))]],
  ['a manifest.json that cannot be read', [entry('manifest.json', json([{ Config: 7 }]))]],
])('an archive with %s is reported', async (found, entries) => {
  await expect(readAll(entries, () => true)).rejects.toMatchObject({
    code: 'engine-failed',
    details: { found: expect.stringContaining(found) },
  });
});
