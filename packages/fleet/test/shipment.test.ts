import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobPath, chainIds, type Inventory, paths } from '@bundle/format';
import { openBundle } from '@bundle/store';
import { sampleManifest, writeSampleBundle } from '@bundle/testkit';
import { type OpenedBundle, openManifest } from '@bundle/verify';
import { heldPaths } from '../src/deploy/held.ts';
import { planShipment } from '../src/deploy/shipment.ts';

const manifest = sampleManifest();
const [image] = manifest.images;
const layers = image?.layers ?? [];
const [layer] = layers;
const layerPath = layer === undefined ? '' : blobPath(layer.digest);

let work: string;
let opened: OpenedBundle;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'shipment-'));
  await writeSampleBundle(join(work, 'bundle'), manifest);
  opened = await openManifest(join(work, 'bundle'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

async function bytesFrom(held: ReadonlySet<string>, offset: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of planShipment(opened, held).from(offset)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('is a single file with everything but what the host has', async () => {
  const held = new Set([layerPath]);
  const bytes = await bytesFrom(held, 0);
  expect(bytes).toHaveLength(planShipment(opened, held).bytes);
  await writeFile(join(work, 'sent.tar'), bytes);
  const { entries } = await openBundle(join(work, 'sent.tar'));
  const own = [paths.manifest, paths.checksums];
  const all = [...own, ...manifest.files.map(({ path }) => path)];
  expect([...entries.keys()]).toEqual(all.filter((path) => path !== layerPath));
  expect((await openManifest(join(work, 'sent.tar'))).digest).toBe(opened.digest);
});

test('goes on from any byte', async () => {
  const whole = await bytesFrom(new Set(), 0);
  const places = [1, 511, 512, 513, 4096, whole.length - 1025, whole.length - 1, whole.length];
  for (const offset of [...places, ...[...whole.keys()].filter((at) => at % 777 === 0)]) {
    expect((await bytesFrom(new Set(), offset)).equals(whole.subarray(offset))).toBe(true);
  }
});

test('ends where the bundle does not have the bytes that it lists', async () => {
  await writeSampleBundle(join(work, 'bad'), manifest);
  await writeFile(join(work, 'bad', layerPath), 'LAYER');
  const bad = await openManifest(join(work, 'bad'));
  const send = async (): Promise<void> => {
    for await (const _ of planShipment(bad, new Set()).from(0));
  };
  await expect(send()).rejects.toMatchObject({ code: 'digest-mismatch' });
});

describe('a host has', () => {
  const chain = chainIds(layers.map(({ diffId }) => diffId));
  const other = `sha256:${'0'.repeat(64)}` as const;
  const inventory = (
    store: Inventory['engine']['store'],
    one: Partial<Inventory['layers'][number]>,
  ): Inventory => ({
    kind: 'bundle-inventory',
    schemaVersion: 1,
    platform: manifest.platform,
    engine: { version: '28', store },
    releases: [],
    layers: [{ chainId: chain[0] ?? other, diffId: layer?.diffId ?? other, ...one }],
  });

  test('a layer by what it is and what is below it, on a graph driver', () => {
    expect([...heldPaths(manifest, inventory('graph-driver', {}))]).toEqual([layerPath]);
    expect([...heldPaths(manifest, inventory('graph-driver', { chainId: other }))]).toEqual([]);
  });

  test('a layer by its digest too, on containerd', () => {
    const digest = layer?.digest ?? other;
    expect([...heldPaths(manifest, inventory('containerd', { digest }))]).toEqual([layerPath]);
    expect([...heldPaths(manifest, inventory('containerd', {}))]).toEqual([]);
    expect([...heldPaths(manifest, inventory('containerd', { digest: other }))]).toEqual([]);
  });

  test('a layer only if it has it under every image that uses it', () => {
    const below = { ...layers[0], digest: other, diffId: other };
    const second = { ...image, layers: [below, ...layers] } as (typeof manifest.images)[number];
    const both = { ...manifest, images: [...manifest.images, second] };
    expect([...heldPaths(both, inventory('graph-driver', {}))]).toEqual([]);
  });

  test('no use for layers of other platforms', () => {
    const arm64 = { os: 'linux', architecture: 'arm64' };
    const foreign = { ...layer, digest: other, diffId: other };
    const its = { ...image, layers: [...layers, foreign] } as (typeof manifest.images)[number];
    const several = { ...manifest, platforms: [{ platform: arm64, images: [its] }] };
    expect([...heldPaths(several, inventory('graph-driver', { chainId: other }))]).toEqual([
      blobPath(other),
    ]);
    const there = { ...inventory('graph-driver', { chainId: other }), platform: arm64 };
    expect([...heldPaths(several, there)]).toEqual([]);
  });

  test('a program of the same path and bytes', () => {
    const program = { path: paths.runtime, size: 1, sha256: 'a'.repeat(64) };
    const carrying = { ...manifest, files: [program, ...manifest.files] };
    const has = { ...inventory('graph-driver', { chainId: other }), programs: [program] };
    expect([...heldPaths(carrying, has)]).toEqual([paths.runtime]);
    const older = [{ ...program, sha256: 'b'.repeat(64) }];
    expect([...heldPaths(carrying, { ...has, programs: older })]).toEqual([]);
  });

  test('a delta only where it has the layer that the delta makes', () => {
    const delta = { digest: layer?.digest ?? other, blob: other, size: 1, from: [] };
    const withDelta = { ...manifest, deltas: [delta] };
    expect([...heldPaths(withDelta, inventory('graph-driver', {}))]).toEqual([
      layerPath,
      blobPath(other),
    ]);
    expect([...heldPaths(withDelta, inventory('graph-driver', { chainId: other }))]).toEqual([]);
  });
});
