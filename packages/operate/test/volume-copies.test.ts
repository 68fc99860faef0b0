import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { BundleError } from '@bundle/format';
import { checkCopies } from '../src/volumes/check.ts';
import { MemoryHost, wholly } from './memory-host.ts';

let host: MemoryHost;
let upgraded: Awaited<ReturnType<MemoryHost['keep']>>;
const rollback = { action: 'rollback', restoreVolumes: true } as const;
const work = { onProgress: () => undefined, signal: new AbortController().signal };

beforeAll(async () => {
  host = await MemoryHost.make();
  for (const version of ['1.0', '2.0', '3.0']) await host.stage(version);
  await host.run({ release: '1.0' });
  await host.run({ release: '2.0', backupVolumes: true });
  upgraded = await host.keep();
});
beforeEach(async () => {
  host.onEvent = async () => undefined;
  await host.putBack(upgraded);
});
afterAll(() => rm(host.work, { recursive: true, force: true }));

/** Lists the folders of all copies, the newest last. */
const folders = async (): Promise<string[]> => {
  const names = (await readdir(join(host.root, 'backups'))).sort();
  return names.map((name) => join(host.root, 'backups', name));
};
const place = async (name: string): Promise<string> => join((await folders())[0] ?? '', name);
const change = async (name: string, how: (bytes: Buffer) => Buffer): Promise<void> => {
  const path = await place(name);
  await writeFile(path, how(await readFile(path)));
};
/** Removes sizes and digests from the list, which older commands did not write. */
const withoutDigests = (list: Buffer): Buffer => {
  const text = list.toString().replace(/,\s*"size": \d+,\s*"sha256": "[0-9a-f]+"/g, '');
  return Buffer.from(text);
};
const flipped =
  (at: number) =>
  (bytes: Buffer): Buffer => {
    const index = at < 0 ? bytes.length + at : at;
    bytes[index] = (bytes[index] ?? 0) ^ 1;
    return bytes;
  };

test('a copy has the size and the digest of its file', async () => {
  const list = JSON.parse(await readFile(await place('volumes.json'), 'utf8'));
  const bytes = await readFile(await place('1.tar.zst'));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(list.volumes).toMatchObject([{ file: '1.tar.zst', size: bytes.length, sha256 }]);
});

test('of two copies made in one second, each holds its own state', async () => {
  const now = (): Date => new Date('2026-01-01T12:00:00Z');
  for (const release of ['1.0', '2.0', '1.0', '2.0'])
    await host.run({ release, backupVolumes: true, now });
  const made = (await folders()).filter((folder) => folder.includes('/20260101-1200'));
  expect(made).toHaveLength(4);
  const contents = await Promise.all(
    made.map(async (folder) => zstdDecompressSync(await readFile(join(folder, '1.tar.zst')))),
  );
  expect(new Set(contents.map(String)).size).toBe(4);
});

const cut = (bytes: Buffer): Buffer => bytes.subarray(0, -3);
const random = ({ length }: Buffer): Buffer => randomBytes(length);
const halfTar = (bytes: Buffer): Buffer =>
  zstdCompressSync(zstdDecompressSync(bytes).subarray(0, 700));

const refuses = async (): Promise<BundleError> => {
  const before = host.world.data;
  const { ending } = await host.run(rollback);
  if (ending.kind !== 'failed' || !(ending.error instanceof BundleError))
    throw new Error('went on');
  expect(host.world.data).toBe(before);
  expect(await host.seen()).toEqual(wholly('2.0'));
  return ending.error;
};

test.each([
  ['cut short', cut],
  ['random bytes', random],
  ['empty', () => Buffer.alloc(0)],
  ['an archive of which half is there', halfTar],
  ['one bit of its first byte', flipped(0)],
  ['one bit of its header', flipped(5)],
  ['one bit in its middle', flipped(60)],
  ['one bit of its last byte', flipped(-1)],
])('a damaged copy is refused, and nothing is touched: %s', async (_, how) => {
  await change('1.tar.zst', how);
  const { code, details } = await refuses();
  expect({ code, exitCode: new BundleError(code, details).exitCode }).toEqual({
    code: 'backup-damaged',
    exitCode: 95,
  });
  expect(details.found).toContain('1.tar.zst (shop_data)');
  expect(details.hint).toContain('No volume was changed');
});

test('a missing copy is refused in the same way', async () => {
  await rm(await place('1.tar.zst'));
  expect(await refuses()).toMatchObject({ code: 'backup-damaged' });
});

test.each([
  ['cut short', cut],
  ['random bytes', random],
  ['empty', () => Buffer.alloc(0)],
  ['an archive of which half is there', halfTar],
])('a copy made by an older command is checked: %s', async (_, how) => {
  await change('volumes.json', withoutDigests);
  await change('1.tar.zst', how);
  expect(await refuses()).toMatchObject({ code: 'backup-damaged' });
});

test('a complete copy made by an older command is restored', async () => {
  await change('volumes.json', withoutDigests);
  expect(await readFile(await place('volumes.json'), 'utf8')).not.toContain('sha256');
  const { ending } = await host.run(rollback);
  expect(ending).toMatchObject({ kind: 'done', report: { outcome: 'started' } });
  expect(await host.seen()).toEqual({ ...wholly('1.0'), log: '1.0\n' });
});

test('if restoring fails halfway, the volumes return to their state, and both copies stay usable', async () => {
  let hasFailed = false;
  host.onEvent = async (what) => {
    if (hasFailed || !what.startsWith('write log of volume')) return;
    hasFailed = true;
    throw new BundleError('engine-failed', { operation: 'writing the volume', found: 'no room' });
  };
  const { ending } = await host.run(rollback);
  expect(hasFailed).toBe(true);
  expect(ending).toMatchObject({ kind: 'done', report: { outcome: 'rolled back' } });
  expect(await host.seen()).toEqual({ ...wholly('2.0'), log: '1.0\n2.0\n' });
  expect(await folders()).toHaveLength(2);
  for (const folder of await folders())
    await expect(checkCopies(folder, work)).resolves.toHaveLength(1);
});

test('if the copy of a failed upgrade is damaged, the previous release starts with the current volumes, and this is reported', async () => {
  await host.run({ action: 'rollback' });
  const before = await folders();
  host.onEvent = async (what) => {
    if (what !== 'start:end' && what !== 'undo:begin') return;
    const [made = ''] = (await folders()).filter((folder) => !before.includes(folder));
    await writeFile(join(made, '1.tar.zst'), 'no copy');
  };
  const { ending } = await host.run({ release: '3.0', backupVolumes: true });
  const details = { found: expect.stringContaining('1.tar.zst (shop_data)') };
  expect(ending).toMatchObject({
    kind: 'done',
    report: { outcome: 'rolled back', error: { code: 'return-failed', details } },
  });
  expect(await host.seen()).toEqual({ ...wholly('1.0'), log: '1.0\n2.0\n1.0\n3.0\n1.0\n' });
});

describe('a first start over existing volumes that fails', () => {
  const failed = { release: '3.0', backupVolumes: true };
  const log = async (): Promise<string> => (await host.seen()).log;

  beforeEach(async () => {
    // As after an uninstall, or a start by hand: volumes, and nothing that ran before.
    await rm(join(host.root, 'journal.json'));
    await rm(join(host.root, 'current'));
    await host.tools.compose.down(
      { files: [], profiles: [], projectName: 'shop' },
      { volumes: false },
      () => undefined,
      work.signal,
    );
  });

  test('restores their copy, and names it', async () => {
    const before = await log();
    const { ending } = await host.run(failed);
    const hint = expect.stringContaining((await folders()).at(-1) ?? '');
    expect(ending).toMatchObject({
      kind: 'done',
      report: { outcome: 'rolled back', error: { code: 'release-unhealthy', details: { hint } } },
    });
    expect((await host.seen()).containers).toEqual([]);
    expect(await log()).toBe(before);
  });

  test('reports a damaged copy, and leaves the volumes as they are', async () => {
    host.onEvent = async (what) => {
      if (what === 'undo:begin')
        await writeFile(join((await folders()).at(-1) ?? '', '1.tar.zst'), 'no copy');
    };
    const { ending } = await host.run(failed);
    const details = {
      found: expect.stringContaining('1.tar.zst (shop_data)'),
      hint: expect.stringContaining((await folders()).at(-1) ?? ''),
    };
    expect(ending).toMatchObject({
      kind: 'done',
      report: { outcome: 'rolled back', error: { code: 'return-failed', details } },
    });
    expect((await host.seen()).containers).toEqual([]);
    expect(await log()).toContain('3.0');
  });
});

/** Puts a stopped container of no project onto the volume, as of a backup program. */
const addSidecar = (): void => {
  const { containers } = host.world.data;
  const [web] = Object.values(containers).filter(({ service }) => service === 'web');
  if (web === undefined) throw new Error('web does not run');
  const own = { id: 'sidecar', name: 'backup', project: '', service: '' };
  const sidecar = { ...web, ...own, state: 'exited' as const, volumes: { '/v': 'shop_data' } };
  host.world.data = { ...host.world.data, containers: { ...containers, sidecar } };
};
const removeSidecar = (): void => {
  const { sidecar: _, ...containers } = host.world.data.containers;
  host.world.data = { ...host.world.data, containers };
};

test('volumes that a container of something else has are not restored: it is named, and nothing is stopped', async () => {
  addSidecar();
  const stopped: string[] = [];
  host.onEvent = async (what) => {
    if (/^(stop|remove) /.test(what)) stopped.push(what);
  };
  const { ending } = await host.run(rollback);
  const found = 'shop_data is used by the container backup';
  expect(ending).toMatchObject({
    kind: 'done',
    report: { outcome: 'rolled back', error: { code: 'volume-in-use', details: { found } } },
  });
  expect(stopped).toEqual([]);
  removeSidecar();
  expect(await host.seen()).toEqual(wholly('2.0'));
});

test('if something else has the volumes of a failed upgrade, the previous release starts with the current ones, and this is reported', async () => {
  await host.run({ action: 'rollback' });
  host.onEvent = async (what) => {
    if (what === 'undo:begin') addSidecar();
  };
  const { ending } = await host.run({ release: '3.0', backupVolumes: true });
  const details = { found: expect.stringContaining('the container backup') };
  expect(ending).toMatchObject({
    kind: 'done',
    report: { outcome: 'rolled back', error: { code: 'return-failed', details } },
  });
  removeSidecar();
  expect(await host.seen()).toEqual(wholly('1.0'));
});

/** Makes the volume one that is a folder of the host. */
const bind = (): void => {
  const { volumes } = host.world.data;
  const [name, volume] = Object.entries(volumes)[0] ?? [];
  if (name === undefined || volume === undefined) throw new Error('no volume');
  const options = { type: 'none', o: 'bind', device: '/srv/data' };
  host.world.data = { ...host.world.data, volumes: { ...volumes, [name]: { ...volume, options } } };
};

test('a volume that is a folder of the host is not copied, and the plan says so', async () => {
  bind();
  const before = await folders();
  const lines: string[] = [];
  const { ending } = await host.run({
    release: '2.0',
    backupVolumes: true,
    given: { LEVEL: 'high' },
    onLine: (line) => lines.push(line),
  });
  const plan = { volumes: [], boundVolumes: ['shop_data'] };
  expect(ending).toMatchObject({ kind: 'done', report: { outcome: 'started', plan } });
  // Nothing is stopped to make an empty copy.
  expect(await folders()).toEqual(before);
  expect(lines).not.toContain('Stopping the services to copy their volumes');
});

test('an older copy of a volume that is a folder of the host is passed over with a word', async () => {
  bind();
  await change('volumes.json', (list) =>
    Buffer.from(
      list
        .toString()
        .replace('"options": {}', '"options": {"type": "none", "device": "/srv/data"}'),
    ),
  );
  const lines: string[] = [];
  const { ending } = await host.run({ ...rollback, onLine: (line) => lines.push(line) });
  expect(ending).toMatchObject({ kind: 'done', report: { outcome: 'started' } });
  expect(lines).toContain('The volume shop_data is neither copied nor restored: it is /srv/data');
  expect(await host.seen()).toEqual({ ...wholly('1.0'), log: '1.0\n2.0\n1.0\n' });
});
