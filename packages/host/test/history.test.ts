import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BundleError, type Digest, digestOf } from '@bundle/format';
import { hasSmallDisks, withSmallDisk } from '@bundle/testkit';
import { type HistoryFact, recorded } from '../src/history/recorded.ts';
import { reportHistory } from '../src/history/report.ts';
import { historyPlacesOf } from '../src/state-folder.ts';

const run = promisify(execFile);
let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'history-'));
});
afterEach(() => rm(stateDir, { recursive: true, force: true }));

const strict = {
  isRequired: true,
  onUnrecorded: (error: Error) => {
    throw error;
  },
};
const factOf = (version: string): HistoryFact => ({
  action: 'import',
  instance: 'shop',
  product: 'shop',
  version,
  digest: digestOf(version),
});
const record = (version: string, work = async () => version) =>
  recorded(stateDir, factOf(version), strict, work);
const report = (last = 100) => reportHistory(stateDir, last);
const log = (): string => historyPlacesOf(stateDir).log;

test('what is done has a time, a user, a release and an outcome, and each entry the digest of the previous one', async () => {
  expect(await report()).toMatchObject({ entries: 0, head: null, rows: [] });
  expect(await record('1.0')).toBe('1.0');
  const failure = new BundleError('release-unhealthy', { operation: 'starting' });
  await expect(record('2.0', () => Promise.reject(failure))).rejects.toBe(failure);
  await expect(record('3.0', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  const ended = await recorded(
    stateDir,
    factOf('4.0'),
    strict,
    async () => 'back',
    () => failure,
  );
  expect(ended).toBe('back');
  const found = await report();
  expect(found).toMatchObject({
    entries: 8,
    rows: [
      { number: 1, version: '1.0', outcome: 'done', by: { uid: process.getuid?.() } },
      { number: 3, version: '2.0', outcome: 'failed', code: 'release-unhealthy' },
      { number: 5, version: '3.0', outcome: 'failed' },
      { number: 7, version: '4.0', outcome: 'failed', code: 'release-unhealthy' },
    ],
  });
  expect(found).not.toHaveProperty('broken');
  const lines = (await readFile(log(), 'utf8')).trimEnd().split('\n');
  expect(JSON.parse(lines[0] ?? '').previous).toBeNull();
  for (let index = 1; index < lines.length; index += 1)
    expect(JSON.parse(lines[index] ?? '').previous).toBe(digestOf(lines[index - 1] ?? ''));
  expect(found.head).toBe(digestOf(lines.at(-1) ?? ''));
  expect((await stat(log())).mode & 0o777).toBe(0o600);
});

test('only the last ones are shown, of one instance where it is named, and all of the log is checked', async () => {
  for (const version of ['1.0', '2.0', '3.0']) await record(version);
  const fact = { ...factOf('9.0'), instance: 'other' };
  await recorded(stateDir, fact, strict, async () => undefined);
  expect((await report(2)).rows.map(({ version }) => version)).toEqual(['3.0', '9.0']);
  const own = await reportHistory(stateDir, 2, 'shop');
  expect(own.rows.map(({ version }) => version)).toEqual(['2.0', '3.0']);
  expect(own.entries).toBe(8);
});

test('a run that died in the middle is shown as such', async () => {
  const script = `
    import { recorded } from ${JSON.stringify(join(import.meta.dirname, '../dist/index.js'))};
    const fact = { action: 'up', instance: 'shop', product: 'shop', version: '1.0' };
    await recorded(${JSON.stringify(stateDir)}, fact, { onUnrecorded() {} }, async () => process.kill(process.pid, 'SIGKILL'));
    await new Promise((resolve) => setTimeout(resolve, 10_000));
  `;
  const died = run(process.execPath, ['--input-type=module', '-e', script]);
  await expect(died).rejects.toMatchObject({ signal: 'SIGKILL' });
  expect(await report()).toMatchObject({
    entries: 1,
    rows: [{ action: 'up', outcome: 'unknown' }],
  });
  await record('2.0');
  expect((await report()).rows.map(({ outcome }) => outcome)).toEqual(['unknown', 'done']);
});

test('wherever a power cut tears the last entry, it is completed or cut, and the log says so', async () => {
  await record('1.0');
  const before = await readFile(log());
  const start = before.lastIndexOf(10, before.length - 2) + 1;
  const { head } = await report();
  for (let size = start + 1; size < before.length; size += 1) {
    await writeFile(log(), before.subarray(0, size));
    const torn = await report();
    expect(torn).toMatchObject({ entries: 1, isTorn: true, rows: [{ outcome: 'unknown' }] });
    expect(torn).not.toHaveProperty('broken');
    await record('2.0');
    const after = await report();
    expect(after).not.toHaveProperty('broken');
    expect(after.isTorn).toBe(false);
    if (size === before.length - 1) {
      // Only its line feed was missing.
      expect(after).toMatchObject({ entries: 4, cuts: [], rows: [{ outcome: 'done' }, {}] });
      const second = (await readFile(log(), 'utf8')).split('\n')[1] ?? '';
      expect(digestOf(second)).toBe(head);
    } else {
      expect(after.cuts).toEqual([{ entry: 2, bytes: size - start }]);
      expect(after).toMatchObject({
        entries: 4,
        rows: [{ outcome: 'unknown' }, { outcome: 'done' }],
      });
    }
  }
});

test.each([
  [
    'changed',
    (lines: string[]) => lines.with(1, (lines[1] ?? '').replace('"done"', '"failed"')),
    3,
  ],
  ['removed', (lines: string[]) => lines.toSpliced(1, 1), 2],
  ['added', (lines: string[]) => lines.toSpliced(1, 0, lines[0] ?? ''), 2],
  ['swapped', (lines: string[]) => [lines[1] ?? '', lines[0] ?? '', ...lines.slice(2)], 1],
  ['no longer an entry', (lines: string[]) => lines.with(2, '{}'), 3],
  ['the first one removed', (lines: string[]) => lines.slice(1), 1],
  ['bytes that are no text', (lines: string[]) => lines.with(0, '\u0000\u0001'), 1],
])('the first entry that does not fit is named: %s', async (_, change, entry) => {
  for (const version of ['1.0', '2.0']) await record(version);
  const lines = (await readFile(log(), 'utf8')).trimEnd().split('\n');
  await writeFile(log(), `${change(lines).join('\n')}\n`);
  expect((await report()).broken).toMatchObject({ entry });
  // It goes on from there, and does not hide it.
  await record('3.0');
  expect((await report()).broken).toMatchObject({ entry });
  expect((await report()).rows.at(-1)).toMatchObject({ version: '3.0', outcome: 'done' });
});

test('a change of any byte before the last entry is found, and none of the log stops the reading', async () => {
  for (const version of ['1.0', '2.0']) await record(version);
  const good = await readFile(log());
  const last = good.lastIndexOf(10, good.length - 2);
  for (let at = 0; at < good.length; at += 1) {
    const changed = Buffer.from(good);
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    await writeFile(log(), changed);
    const { broken } = await report();
    if (at <= last) expect(broken).toBeDefined();
  }
}, 30_000);

test('four commands at once write one chain', async () => {
  const script = `
    import { recorded } from ${JSON.stringify(join(import.meta.dirname, '../dist/index.js'))};
    const fact = { action: 'up', instance: 'shop', product: 'shop' };
    const options = { isRequired: true, onUnrecorded(error) { throw error; } };
    for (let n = 0; n < 10; n++) await recorded(${JSON.stringify(stateDir)}, fact, options, async () => n);
  `;
  const one = () => run(process.execPath, ['--input-type=module', '-e', script]);
  await Promise.all([one(), one(), one(), one()]);
  const found = await report();
  expect(found).toMatchObject({ entries: 80, cuts: [], isTorn: false });
  expect(found).not.toHaveProperty('broken');
  expect(found.rows.every(({ outcome }) => outcome === 'done')).toBe(true);
}, 60_000);

test('megabytes without a line feed are neither read whole nor written behind', async () => {
  await record('1.0');
  await appendFile(log(), 'x'.repeat(3_000_000));
  expect((await report()).broken).toMatchObject({
    entry: 3,
    why: expect.stringContaining('16384'),
  });
  await expect(record('2.0')).rejects.toMatchObject({ code: 'history-damaged' });
  const told: string[] = [];
  const onUnrecorded = ({ code }: BundleError) => told.push(code);
  const result = recorded(stateDir, factOf('2.0'), { onUnrecorded }, async () => 'done');
  expect(await result).toBe('done');
  expect(told).toEqual(['history-damaged']);
});

(hasSmallDisks ? test : test.skip)(
  'a full disk fails nothing that has begun; what is missing in the log is told, and shown later',
  async () => {
    await withSmallDisk(64 * 4096, async (disk) => {
      const told: string[] = [];
      const options = {
        isRequired: true,
        onUnrecorded: ({ code }: BundleError) => told.push(code),
      };
      const filler = join(disk, 'filler');
      const fill = () => writeFile(filler, Buffer.alloc(1_000_000)).catch(() => undefined);
      // Until the entry of the outcome needs another page.
      let last = 0;
      while (told.length === 0 && last < 300) {
        last += 1;
        await rm(filler, { force: true });
        await recorded(disk, factOf(`${last}.0`), options, fill);
      }
      expect(told).toEqual(['no-space']);
      const began = recorded(disk, factOf('888.0'), options, async () => 'never');
      await expect(began).rejects.toMatchObject({ code: 'no-space' });
      await rm(filler);
      await recorded(disk, factOf('999.0'), options, async () => undefined);
      const { rows, ...found } = await reportHistory(disk, 2);
      expect(found).not.toHaveProperty('broken');
      expect(rows).toMatchObject([
        { version: `${last}.0`, outcome: 'unknown' },
        { version: '999.0', outcome: 'done' },
      ]);
    });
  },
);

test('an entry that was torn off and ends like another one is not taken for a whole one', async () => {
  await record('1.0');
  const forged = {
    event: 'ended',
    previous: digestOf('x') as Digest,
    time: new Date().toISOString(),
    began: digestOf('y'),
    outcome: 'done',
  };
  await appendFile(log(), JSON.stringify(forged));
  await record('2.0');
  expect((await report()).cuts).toHaveLength(1);
  await truncate(log(), 10);
  await record('3.0');
  expect(await report()).toMatchObject({ entries: 3, cuts: [{ entry: 1, bytes: 10 }] });
});
