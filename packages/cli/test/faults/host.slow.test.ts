import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  copyFile,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { makeLayout, snapshot } from '@bundle/testkit';
import { buildBundle, forms, resign, rewrite } from '../../../import/test/build-bundle.ts';
import { bundle, finished, startBundle, startInShell } from '../run-bundle.ts';
import { spread } from './kills.ts';
import { OfflineHost } from './offline-host.ts';
import { type StandInEngine, standInEngine } from './stand-in-engine.ts';
import { type Call, canTrace, pointName, trace } from './syscalls.ts';

const sweep = process.env['BUNDLE_TEST_SWEEP'] === '1';

let host: OfflineHost;
beforeEach(async () => {
  host = await OfflineHost.make();
});
afterEach(() => host.remove());

const pack = async (name: string, sequence = 20): Promise<string> =>
  (await buildBundle(host.at(name), undefined, { version: '2.0', sequence })).path;

describe('row 59: fsync fails', () => {
  const onTracer = canTrace ? test : test.skip;
  const isSync = ({ name, paths }: Call): boolean =>
    /sync/.test(name) && paths.some((path) => path.startsWith(host.work));

  onTracer(
    'an import stops at once, syncs nothing again, and points at nothing that it wrote',
    async () => {
      const path = await pack('newer.tar');
      const kept = `${host.work}.kept`;
      await cp(host.work, kept, { recursive: true, verbatimSymlinks: true });
      const log = host.at('log');
      const { calls } = await trace(host.words(path), log);
      const all = calls.filter(isSync);
      expect(all.length).toBeGreaterThan(10);
      for (const call of spread(all, sweep ? all.length : 6)) {
        await rm(host.work, { recursive: true });
        await cp(kept, host.work, { recursive: true, verbatimSymlinks: true });
        const point = pointName(call, host.work);
        const inject = `${call.name}:error=EIO:when=${call.nth}`;
        const failed = await trace(host.words(path), log, inject);
        const current = await host.current();
        if (point.includes('_history')) {
          // The log of the host stops nothing that has begun, but the failure is shown.
          expect({ point, text: failed.stderr + failed.stdout }).toMatchObject({
            text: expect.stringContaining('EIO'),
          });
        } else {
          const code = point.startsWith('fsync engine') ? 41 : 43;
          const stderr = expect.stringContaining('EIO');
          const found = { point, code: failed.code, stderr: failed.stderr };
          expect(found).toEqual({ point, code, stderr });
          const later = failed.calls.slice(
            failed.calls.findIndex(({ name, nth }) => name === call.name && nth === call.nth) + 1,
          );
          const again = later.filter((one) => isSync(one) && one.paths[0] === call.paths[0]);
          expect({ point, again }).toEqual({ point, again: [] });
          // Only where the switch itself was being made durable does `current` name the new release.
          expect({ point, current }).toMatchObject({
            current: expect.stringMatching(point === 'fsync state/shop' ? /./ : /^releases\/1\.0-/),
          });
        }
        // What the next run finds was written by the next run, except for what was synced.
        const staged = await readdir(host.at('state/shop/releases'));
        if (point === 'fsync state/shop/releases')
          expect(staged.filter((name) => name.startsWith('2.0-'))).toEqual([]);
        expect(await host.import(path)).toMatchObject({ code: 0 });
        expect(await host.current()).toMatch(/^releases\/2\.0-/);
      }
      await rm(kept, { recursive: true });
    },
    300_000,
  );

  onTracer('what the log of the host lacks of an import is said, also with --json', async () => {
    const path = await pack('newer.tar');
    const log = host.at('log');
    const inLog = ({ name, paths }: Call): boolean =>
      name === 'fsync' && (paths[0] ?? '').endsWith('/_history/log.jsonl');
    const kept = `${host.work}.kept`;
    await cp(host.work, kept, { recursive: true, verbatimSymlinks: true });
    const { calls } = await trace(host.words(path), log);
    const last = calls.filter(inLog).at(-1);
    const inject = `fsync:error=EIO:when=${last?.nth}`;
    for (const more of [[], ['--json']]) {
      await rm(host.work, { recursive: true });
      await cp(kept, host.work, { recursive: true, verbatimSymlinks: true });
      const { code, stdout, stderr } = await trace(host.words(path, ...more), log, inject);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      if (more.length === 0) expect(stderr).toMatch(/warning: not in the log of this host.*EIO/);
      else {
        const unrecorded = [expect.stringContaining('EIO')];
        expect(JSON.parse(stdout)).toMatchObject({ outcome: 'imported', unrecorded });
      }
      expect(await host.current()).toMatch(/^releases\/2\.0-/);
    }
    await rm(kept, { recursive: true });
  });

  onTracer.each([...forms, 'parts'])(
    'an export to a %s stops at once, and no bundle appears',
    async (form) => {
      const images = ['api', 'web'].map((name) => ({
        reference: `shop-${name}:1.0`,
        layers: [{ text: randomBytes(100_000).toString('base64') }],
      }));
      await makeLayout(host.at('layout'), images);
      const output = host.at(form === 'folder' ? 'out/app' : 'out/app.tar');
      await mkdir(host.at('out'));
      await writeFile(
        host.at('compose.yml'),
        'services: {api: {image: "shop-api:1.0"}, web: {image: "shop-web:1.0"}}\n',
      );
      const words = [
        ...['export', host.at('compose.yml'), '-o', output, '--no-runtime', '--no-progress'],
        ...['--engine', `oci:${host.at('layout')}`, '--product', 'shop'],
        ...(form === 'parts' ? ['--split', '100kB'] : []),
      ];
      const log = host.at('log');
      const good = await trace(words, log);
      expect({ code: good.code, stderr: good.stderr }).toMatchObject({ code: 0 });
      const all = good.calls.filter(isSync);
      expect(all.length).toBeGreaterThan(1);
      for (const call of spread(all, sweep ? all.length : 4)) {
        await rm(host.at('out'), { recursive: true });
        await mkdir(host.at('out'));
        const point = pointName(call, host.work);
        const { code, stderr } = await trace(words, log, `${call.name}:error=EIO:when=${call.nth}`);
        expect({ point, code, stderr }).toMatchObject({ code: 41 });
        expect({ point, stderr }).toMatchObject({ stderr: expect.stringContaining('EIO') });
        const left = await readdir(host.at('out'));
        expect({ point, left }).toEqual({ point, left: [] });
      }
    },
    300_000,
  );
});

test('row 60: of two imports at once the second says busy, and a dead holder is replaced', async () => {
  const path = await pack('newer.tar');
  // Held by a process that is stopped, then killed.
  const holder = startBundle(host.words(path));
  const ended = finished(holder);
  const lock = host.at('state/shop/lock');
  for (;;) {
    if ((await lstat(lock).catch(() => undefined)) !== undefined) break;
    if (holder.exitCode !== null) throw new Error('it was done too early');
    await new Promise((resolve) => setImmediate(resolve));
  }
  holder.kill('SIGSTOP');
  const before = await snapshot(host.at('state'));
  const second = await host.import(path);
  expect({ code: second.code, stderr: second.stderr }).toMatchObject({ code: 44 });
  expect(second.stderr).toContain('another run');
  expect(await snapshot(host.at('state'))).toEqual(before);
  holder.kill('SIGKILL');
  await ended;
  const started = performance.now();
  expect(await host.import(path)).toMatchObject({ code: 0 });
  expect(performance.now() - started).toBeLessThan(5000);
  expect(await host.current()).toMatch(/^releases\/2\.0-/);
});

test('row 60: of six imports at once, those that are not busy agree', async () => {
  const path = await pack('newer.tar');
  const results = await Promise.all(Array.from({ length: 6 }, () => host.import(path)));
  for (const { code, stderr } of results)
    expect({ code, stderr }).toMatchObject({ code: expect.any(Number) });
  expect(results.map(({ code }) => code).filter((code) => code !== 0 && code !== 44)).toEqual([]);
  expect(results.some(({ code }) => code === 0)).toBe(true);
  expect(await host.import(path)).toMatchObject({ code: 0 });
});

test('row 61: the same import again changes nothing, says so, and is fast', async () => {
  const path = await pack('newer.tar');
  expect(await host.import(path)).toMatchObject({ code: 0 });
  const before = await snapshot(host.work);
  const started = performance.now();
  const { code, stdout } = await host.import(path);
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/up to date/i) });
  expect(performance.now() - started).toBeLessThan(5000);
  expect(await snapshot(host.work)).toEqual(before);
});

test.each(forms)('row 62: a %s for another architecture is refused with both', async (form) => {
  const path = await pack(form === 'tar' ? 'newer.tar' : 'newer');
  await rewrite(path, (contents) =>
    resign(contents, ({ platform }) => {
      platform.architecture = 's390x';
    }),
  );
  expect(await host.refuses(path, 60)).toMatch(/linux\/\w+.*\n.*linux\/s390x/);
});

/** Uses an engine of this version, which records what is not a question. */
async function withEngine(
  version: object,
  use: (engine: StandInEngine) => Promise<void>,
): Promise<void> {
  const engine = await standInEngine(host.at('version.sock'), version);
  try {
    await use(engine);
  } finally {
    engine.close();
  }
}

test('row 63: an engine older than 20.10 is refused, and no request changes it', async () => {
  const path = await pack('newer.tar');
  await withEngine({ Version: '19.03.15' }, async ({ dockerHost, changes }) => {
    const before = await host.now();
    const args = ['--state-dir', host.at('state'), '--docker-host', dockerHost, '--yes'];
    const { code, stderr } = await bundle(['import', path, ...args]);
    expect({ code, stderr }).toMatchObject({ code: 31 });
    expect(stderr).toContain('19.03.15');
    expect(changes).toEqual([]);
    expect(await host.now()).toEqual(before);
  });
});

test('row 64: an engine with a known hole is named in a warning, a fixed one is not', async () => {
  const path = await pack('newer.tar');
  const preflight = (dockerHost: string) =>
    bundle([
      ...['preflight', path, '--state-dir', host.at('state')],
      ...['--docker-host', dockerHost, '--json'],
    ]);
  const containerd = (Version: string) => ({ Components: [{ Name: 'containerd', Version }] });
  for (const [version, found] of [
    [{ Version: '20.10.5', ...containerd('1.4.13') }, /CVE-2023-25153/],
    [{ Version: '23.0.0', ...containerd('v1.6.17') }, /containerd v?1\.6\.17.*CVE-2023-25153/],
    [{ Version: '28.5.2', ...containerd('v2.1.5') }, undefined],
  ] as const) {
    await withEngine(version, async ({ dockerHost, changes }) => {
      const { stdout } = await preflight(dockerHost);
      const { checks } = JSON.parse(stdout);
      if (checks === undefined) throw new Error(stdout);
      const check = checks.find(({ name }: { name: string }) => name === 'engine');
      expect(check).toMatchObject(
        found === undefined
          ? { found: expect.not.stringContaining('CVE') }
          : { result: 'warn', found: expect.stringMatching(found) },
      );
      expect(changes).toEqual([]);
    });
  }
});

describe('row 65: parts', () => {
  const list = (): string => host.at('parts/shop.tar.parts.json');
  let parts: string[];
  beforeEach(async () => {
    await mkdir(host.at('parts'));
    const text = randomBytes(400_000).toString('base64');
    // Each part ends in the layer: a change of the room before it would be harmless.
    await buildBundle(
      host.at('parts/shop.tar'),
      [{ reference: 'shop-api:1.0', layers: [{ text }] }],
      { version: '2.0', sequence: 20, partBytes: 150_000 },
    );
    await rm(host.at('parts/shop.tar.layout'), { recursive: true });
    parts = (await readdir(host.at('parts'))).filter((name) => /part\d+$/.test(name)).sort();
    expect(parts.length).toBeGreaterThan(2);
  });

  test('a missing part is named, and the medium is not written to', async () => {
    for (const part of parts) {
      await rename(host.at(`parts/${part}`), host.at(part));
      const before = await snapshot(host.at('parts'));
      expect(await host.refuses(list(), 73)).toContain(part);
      expect(await snapshot(host.at('parts'))).toEqual(before);
      await rename(host.at(part), host.at(`parts/${part}`));
    }
  });

  test('a damaged part and exchanged parts are named, and the medium is not written to', async () => {
    for (const part of parts) {
      const path = host.at(`parts/${part}`);
      const own = await readFile(path);
      const bytes = Buffer.from(own);
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 7) ^ 1, bytes.length - 7);
      await writeFile(path, bytes);
      const before = await snapshot(host.at('parts'));
      expect(await host.refuses(list(), 74)).toContain(part);
      expect(await snapshot(host.at('parts'))).toEqual(before);
      await writeFile(path, own);
    }
    const [one = '', two = ''] = parts;
    await copyFile(host.at(`parts/${one}`), host.at('one'));
    await rename(host.at(`parts/${two}`), host.at(`parts/${one}`));
    await rename(host.at('one'), host.at(`parts/${two}`));
    expect(await host.refuses(list(), 74)).toMatch(new RegExp(`${one}|${two}`));
  });
});

test('row 68: whatever the umask and the owners, only its owner can change or read the state', async () => {
  const path = await pack('newer');
  for (const file of await readdir(path, { recursive: true })) {
    await chmod(join(path, file), 0o777);
    if (process.getuid?.() === 0) await chown(join(path, file), 12_345, 12_345);
  }
  await rm(host.at('state'), { recursive: true });
  const { code, stderr } = await finished(startInShell('umask 000; exec "$@"', host.words(path)));
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const loose: string[] = [];
  for (const name of ['.', ...(await readdir(host.at('state'), { recursive: true }))]) {
    const { mode, uid } = await lstat(host.at(`state/${name}`));
    const isLink = (mode & 0o170000) === 0o120000;
    if ((mode & 0o022) !== 0 && !isLink) loose.push(`${name} ${(mode & 0o7777).toString(8)}`);
    if (uid !== process.getuid?.()) loose.push(`${name} of ${uid}`);
    if ((mode & 0o6000) !== 0) loose.push(`${name} setuid`);
  }
  expect(loose).toEqual([]);
  expect((await lstat(host.at('state'))).mode & 0o777).toBe(0o700);
});
