import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chainRecord, manifestRecords } from '@bundle/recipe';
import { z } from 'zod';
import {
  type CacheRecord,
  readCacheRecords,
  withCacheRecords,
} from '../src/builds/cache-records.ts';
import type { PackedBuild } from '../src/builds/capture.ts';
import { forAllReleases, onChains, portableCaches } from '../src/builds/portable-cache.ts';
import { readRuns } from '../src/builds/read-runs.ts';
import { recorded } from './recorded.ts';

const root = chainRecord('sha256:c9872dbbd9ca77705dd0b64d673fffe3d768bc96de4fe185250b6274f9b539f7');
const [byManifest = ''] = manifestRecords(
  'sha256:b83ef8e6cececd2aa6fcb5c0c1aa2ab9e578754cfa29d2eac3dd5e2b5e531e97',
  { os: 'linux', architecture: 'amd64' },
);

function recordsOf(name: string): CacheRecord[] {
  const text = JSON.stringify(recorded(name));
  const base64 = Buffer.from(text).toString('base64');
  return readCacheRecords({ 'moby.buildkit.cache.v0': base64 }) ?? [];
}

const metadata = join(import.meta.dirname, 'recorded/buildx-metadata.json');
async function runs() {
  const found = await readRuns(metadata);
  if (found === undefined) throw new Error('no runs');
  return found;
}

/** Returns a record with its links replaced by the digests of their targets. */
function withDigests(records: readonly CacheRecord[]) {
  return records.map(({ digest, inputs, layers }) => ({
    digest,
    layers: (layers ?? []).map(({ layer }) => layer),
    inputs: (inputs ?? []).map((links) =>
      links.map(({ link, selector = '' }) => `${selector} ${records[link]?.digest}`),
    ),
  }));
}

test('records captured with the containerd store are moved to the layers of their base image', () => {
  const before = recordsOf('cache-records-28');
  expect(before.map(({ digest }) => digest)).toContain(byManifest);
  const after = onChains(before, new Map([[byManifest, root]])).map(({ digest }) => digest);
  expect(after).not.toContain(byManifest);
  expect(after.filter((digest) => digest === root)).toHaveLength(2);
});

test('a capture of Docker 28 has the steps that Docker 26 makes of the same Dockerfile, and its own', async () => {
  const made = forAllReleases(recordsOf('cache-records-28'), await runs());
  expect(made.known).toHaveLength(2);
  const all = withDigests(made.records);
  for (const step of withDigests(recordsOf('cache-records-26'))) {
    const same = all.find(({ digest }) => digest === step.digest);
    // Docker 26 keys a step by the content of a whole base image, and by the previous step as well.
    if (step.layers.length === 0) continue;
    expect(same?.layers).toEqual(step.layers);
    step.inputs.forEach((links, index) => {
      expect(links.some((link) => same?.inputs[index]?.includes(link))).toBe(true);
    });
  }
  for (const { digest } of recordsOf('cache-records-28'))
    expect(all.map((one) => one.digest)).toContain(digest);
});

test('a capture of Docker 26 has the steps of Docker 28', async () => {
  const made = forAllReleases(recordsOf('cache-records-26'), await runs());
  const all = withDigests(made.records);
  for (const step of withDigests(recordsOf('cache-records-28'))) {
    if (step.layers.length === 0) continue;
    expect(all.find(({ digest }) => digest === step.digest)?.layers).toEqual(step.layers);
  }
});

test('a RUN whose key is not among the records, or without mounts, is left out', async () => {
  const records = recordsOf('cache-records-28').slice(0, 2);
  expect(forAllReleases(records, await runs())).toEqual({ records, known: [] });
});

test('the config keeps everything else', () => {
  const config = { os: 'linux', rootfs: { diff_ids: [] }, 'moby.buildkit.cache.v0': 'W10=' };
  const records = recordsOf('cache-records-26');
  const changed = withCacheRecords(config, records);
  expect(changed).toMatchObject({ os: 'linux', rootfs: { diff_ids: [] } });
  expect(readCacheRecords(changed)).toEqual(records);
});

test('a buildx that does not describe the build is distinguished from a build without RUN', async () => {
  expect(await readRuns(join(import.meta.dirname, 'absent.json'))).toBeUndefined();
  expect(await readRuns(join(import.meta.dirname, 'recorded/compose-2.40.resolved.json'))).toBe(
    undefined,
  );
  expect(z.array(z.unknown()).parse(await runs())).toHaveLength(3);
});

test('truncated buildx metadata, or metadata that is not JSON, yields no runs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'runs-'));
  const text = await readFile(metadata, 'utf8');
  for (const broken of [text.slice(0, -100), '', 'null', '[]']) {
    await writeFile(join(folder, 'metadata.json'), broken);
    expect(await readRuns(join(folder, 'metadata.json'))).toBeUndefined();
  }
  await rm(folder, { recursive: true });
});

test('a cache of an unknown form is packed unchanged, and not called portable', () => {
  const config = Buffer.from(JSON.stringify({ 'moby.buildkit.cache.v0': 'bm90IGEgY2FjaGU=' }));
  const stage = { name: 'app', runs: [], image: { assembled: { config } } };
  const build = { stages: [stage], roots: new Map() } as unknown as PackedBuild;
  expect(portableCaches(build)).toMatchObject({ portable: [], unread: ['app'] });
  expect(portableCaches(build).stages).toEqual([stage]);
});
