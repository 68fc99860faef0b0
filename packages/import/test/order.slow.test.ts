import { lstat, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLayoutEngine, type Engine } from '@bundle/engine';
import type { ExportOptions } from '@bundle/export';
import { orderOf, paths } from '@bundle/format';
import {
  instanceOf,
  keepingSeen,
  newJournal,
  requireSigners,
  seenPlace,
  trustKey,
  writeJournal,
} from '@bundle/host';
import { signBundle } from '@bundle/sign';
import { makeSshKey, snapshot, sshPath } from '@bundle/testkit';
import { parseKeyFile } from '@bundle/trust';
import { importBundle } from '../src/import.ts';
import type { ImportOptions } from '../src/import-types.ts';
import { preflight } from '../src/preflight/preflight.ts';
import { buildBundle, quiet, resign, rewrite } from './build-bundle.ts';

let work: string;
let stateDir: string;
beforeEach(async () => {
  work = await realpath(await mkdtemp(join(tmpdir(), 'order-')));
  stateDir = join(work, 'state');
});
afterEach(() => rm(work, { recursive: true, force: true }));

/** Packs a release; bundles with the same version and sequence are identical. */
async function pack(version: string, options: Partial<ExportOptions> = {}): Promise<string> {
  const name = join(work, `${version}-${Object.values(options).join('-')}`);
  return (await buildBundle(name, undefined, { version, force: true, ...options })).path;
}
const options = (bundle: string, more: Partial<ImportOptions> = {}): ImportOptions => ({
  bundle,
  stateDir,
  dryRun: false,
  ...quiet,
  ...more,
});
const imported = (bundle: string, more?: Partial<ImportOptions>) =>
  importBundle(createLayoutEngine(join(work, 'target')), options(bundle, more));

/** Imports a bundle that must be refused, and checks that no request reached the engine and no state changed. */
async function refused(bundle: string, code: string, more?: Partial<ImportOptions>) {
  const before = await snapshot(stateDir);
  const calls: string[] = [];
  const engine: Engine = new Proxy(createLayoutEngine(join(work, 'target')), {
    get: (target, name, receiver) => {
      if (name !== 'info') calls.push(String(name));
      return Reflect.get(target, name, receiver);
    },
  });
  await expect(importBundle(engine, options(bundle, more))).rejects.toMatchObject({ code });
  expect(calls).toEqual([]);
  expect(await snapshot(stateDir)).toEqual(before);
}

test('an older bundle is refused with the sequence that the host has seen, also by preflight', async () => {
  await imported(await pack('2.0', { sequence: 20 }));
  const old = await pack('1.0', { sequence: 19 });
  await refused(old, 'bundle-older');
  await refused(old, 'bundle-older', { up: true });
  await refused(old, 'bundle-older', { dryRun: true });
  await expect(imported(old)).rejects.toMatchObject({
    details: {
      expected: 'sequence 20 of channel stable, or a later one',
      found: '1.0, of sequence 19',
      hint: expect.stringContaining('--allow-older'),
    },
  });
  const engine = createLayoutEngine(join(work, 'target'));
  const checks = { given: {}, ignore: [], warnOnly: [] };
  await expect(preflight(engine, old, stateDir, checks as never)).rejects.toMatchObject({
    code: 'bundle-older',
  });
});

test('a host remembers the sequence after the application is removed', async () => {
  await imported(await pack('2.0', { sequence: 20 }));
  await rm(join(stateDir, 'shop'), { recursive: true });
  await refused(await pack('1.0', { sequence: 19 }), 'bundle-older');
  expect(await imported(await pack('2.0', { sequence: 20 }))).toMatchObject({
    outcome: 'imported',
  });
});

/** Packs a release as a command does that writes no order at all. */
async function packBare(version: string, sourceDateEpoch: number): Promise<string> {
  const path = await pack(version, { sourceDateEpoch });
  await rewrite(path, (contents) =>
    resign(contents, (manifest) => {
      delete manifest.channel;
      delete manifest.sequence;
      delete manifest.derivedSequence;
    }),
  );
  return path;
}

/** Returns what the check of the order finds at an import. */
async function orderAtImport(bundle: string, more: Partial<ImportOptions> = {}) {
  const checks = { given: {}, ignore: [], warnOnly: [], onChecks: () => undefined };
  const report = await imported(bundle, { preflight: async () => checks as never, ...more });
  return { outcome: report.outcome, order: report.checks.find(({ name }) => name === 'order') };
}

test('a newer release with older images is imported with a warning if nobody chose its sequence', async () => {
  await imported(await pack('1.0', { sourceDateEpoch: 2_000_000_000 }));
  const older = { sourceDateEpoch: 1_999_999_999 };
  expect(await orderAtImport(await pack('1.1', older))).toMatchObject({
    outcome: 'imported',
    order: { result: 'warn', found: expect.stringContaining('2000000000 was imported') },
  });
  expect(await orderAtImport(await packBare('1.2', 1_999_999_998))).toMatchObject({
    outcome: 'imported',
    order: { result: 'warn' },
  });
  expect(await orderAtImport(await packBare('1.3', 2_000_000_001))).toMatchObject({
    outcome: 'imported',
    order: { result: 'pass' },
  });
  // What was seen has not become less: a sequence that somebody chose counts.
  await refused(await pack('0.9', { sequence: 2_000_000_000 }), 'bundle-older');
});

test('of exports of the same images, one that another has replaced is imported with a warning', async () => {
  const [one, two, three] = [await pack('1.0'), await pack('2.0'), await pack('3.0')];
  await imported(one);
  await imported(two);
  await rm(join(stateDir, 'shop', 'releases'), { recursive: true });
  expect(await orderAtImport(one)).toMatchObject({
    outcome: 'imported',
    order: { result: 'warn' },
  });
  expect(await orderAtImport(three)).toMatchObject({
    outcome: 'imported',
    order: { result: 'pass' },
  });
});

test('a host that requires signatures refuses older and replaced bundles whoever chose the sequence', async () => {
  const env = { PATH: sshPath };
  const key = await makeSshKey(work, 'ed25519');
  await trustKey(stateDir, parseKeyFile(await readFile(`${key}.pub`, 'utf8'), key), 'vendor');
  const signed = async (path: string): Promise<string> => {
    await signBundle({ bundle: path, key, env, signal: quiet.signal });
    return path;
  };
  const one = await signed(await pack('1.0', { sourceDateEpoch: 20 }));
  const two = await signed(await pack('2.0', { sourceDateEpoch: 20 }));
  const old = await signed(await pack('0.9', { sourceDateEpoch: 19 }));
  const bare = await signed(await packBare('0.8', 18));
  await imported(one);
  await imported(two);
  await refused(one, 'bundle-replayed');
  await refused(old, 'bundle-older');
  await refused(bare, 'bundle-older');
  await expect(imported(old)).rejects.toMatchObject({
    details: { hint: expect.stringContaining('--sequence 21') },
  });
  await requireSigners(stateDir, 0);
  expect(await imported(old)).toMatchObject({ outcome: 'imported' });
});

test('the current release may be imported again even if a newer one was seen', async () => {
  const one = await pack('1.0', { sequence: 1 });
  const { release } = await imported(one);
  await imported(await pack('2.0', { sequence: 2 }));
  // The state that a rollback leaves.
  const instance = instanceOf(stateDir, 'shop');
  const since = new Date().toISOString();
  const running = { release, since };
  await writeJournal(instance, { ...newJournal('shop'), running });
  expect(await imported(one)).toMatchObject({ outcome: 'already imported' });
  expect(await imported(one, { up: true })).toMatchObject({ outcome: 'already imported' });
  // The newer one is still remembered.
  await refused(await pack('1.5', { sequence: 1 }), 'bundle-older');
});

test('a repeated import writes nothing', async () => {
  const bundle = await pack('1.0', { sequence: 1 });
  await imported(bundle);
  const before = await written(stateDir);
  expect(await imported(bundle)).toMatchObject({ outcome: 'already imported' });
  expect(await written(stateDir)).toEqual(before);
});

/** Returns when the metadata of each file and folder last changed, in ns: a replaced file is another one. */
async function written(folder: string): Promise<string[]> {
  const names = ['.', ...(await readdir(folder, { recursive: true }))].toSorted();
  const stats = await Promise.all(names.map((name) => lstat(join(folder, name), { bigint: true })));
  return names.map((name, index) => `${name} ${stats[index]?.ino} ${stats[index]?.ctimeNs}`);
}

test('with --allow-older the instance counts from that bundle on, also after an absurd sequence', async () => {
  await imported(await pack('9.0', { sequence: Number.MAX_SAFE_INTEGER }));
  const two = await pack('2.0', { sequence: 2 });
  await refused(two, 'bundle-older');
  expect(await imported(two, { allowOlder: true })).toMatchObject({
    outcome: 'imported',
    isAllowedOlder: true,
  });
  expect(await imported(await pack('3.0', { sequence: 3 }))).toMatchObject({
    outcome: 'imported',
    isAllowedOlder: false,
  });
  await refused(two, 'bundle-older');
  await refused(await pack('4.0', { sequence: 4 }), 'bundle-older', { name: 'shop-2' });
});

test('--allow-older needs a signature if the host requires one', async () => {
  const env = { PATH: sshPath };
  const key = await makeSshKey(work, 'ed25519');
  const [two, one] = [await pack('2.0', { sequence: 2 }), await pack('1.0', { sequence: 1 })];
  await signBundle({ bundle: two, key, env, signal: quiet.signal });
  await trustKey(stateDir, parseKeyFile(await readFile(`${key}.pub`, 'utf8'), key), 'vendor');
  await imported(two);
  await refused(one, 'signature-missing', { allowOlder: true });
  await signBundle({ bundle: one, key, env, signal: quiet.signal });
  await refused(one, 'bundle-older');
  expect(await imported(one, { allowOlder: true })).toMatchObject({ isAllowedOlder: true });
});

test('a bundle of another channel is refused until the channel is named, but not for a second instance', async () => {
  await imported(await pack('1.0', { sequence: 5 }));
  const beta = await pack('2.0-beta', { channel: 'beta', sequence: 1 });
  await refused(beta, 'channel-foreign');
  await refused(beta, 'channel-foreign', { channel: 'stable' });
  expect(await imported(beta, { name: 'shop-test' })).toMatchObject({ outcome: 'imported' });
  expect(await imported(beta, { channel: 'beta' })).toMatchObject({ outcome: 'imported' });
  // It follows the other channel from now on.
  await refused(await pack('2.0', { sequence: 6 }), 'channel-foreign');
});

test('another product under the name of an instance is refused before the engine is asked', async () => {
  await imported(await pack('1.0'));
  const other = await pack('2.0');
  await rewrite(other, (contents) =>
    resign(contents, (manifest) => {
      manifest.product = 'library';
    }),
  );
  await refused(other, 'project-foreign', { name: 'shop' });
});

test.each(['', '{', '{"schemaVersion":1}', '{"schemaVersion":2,"channels":[],"instances":[]}'])(
  'nothing is imported while the record of seen bundles cannot be read: %j',
  async (text) => {
    await imported(await pack('1.0', { sequence: 1 }));
    const file = seenPlace(stateDir, 'shop');
    await writeFile(file, text);
    const two = await pack('2.0', { sequence: 2 });
    await refused(two, 'trust-invalid');
    expect(await imported(two, { allowOlder: true })).toMatchObject({ outcome: 'imported' });
    await refused(await pack('1.5', { sequence: 1 }), 'bundle-older');
  },
);

test('if the record of seen bundles is lost, the releases replace it', async () => {
  await imported(await pack('1.0', { sequence: 1 }));
  await imported(await pack('2.0', { sequence: 2 }));
  await rm(seenPlace(stateDir, 'shop'));
  await refused(await pack('1.5', { sequence: 1 }), 'bundle-older');
  await refused(await pack('3.0', { channel: 'beta' }), 'channel-foreign');
});

test('what only the releases say is kept when they are removed', async () => {
  await imported(await pack('2.0', { sequence: 2 }));
  await rm(seenPlace(stateDir, 'shop'));
  const remove = () => rm(join(stateDir, 'shop'), { recursive: true });
  await keepingSeen(stateDir, 'shop', remove);
  await refused(await pack('1.0', { sequence: 1 }), 'bundle-older');
  // What is written already is not made less.
  await keepingSeen(stateDir, 'shop', async () => undefined);
  await refused(await pack('1.0', { sequence: 1 }), 'bundle-older');
});

test('of two instances that import at once, none loses what the other has seen', async () => {
  // With keys, the time is remembered too.
  const key = await makeSshKey(work, 'ed25519');
  await trustKey(stateDir, parseKeyFile(await readFile(`${key}.pub`, 'utf8'), key), 'vendor');
  await requireSigners(stateDir, 0);
  for (let round = 1; round <= 5; round += 1) {
    const bundles = [
      await pack(`${round}.0`, { sequence: round * 2 }),
      await pack(`${round}.1`, { sequence: round * 2 }),
    ];
    const names = ['one', 'two'];
    await Promise.all(
      bundles.map((bundle, index) => {
        const engine = createLayoutEngine(join(work, `target-${names[index]}`));
        return importBundle(engine, options(bundle, { name: names[index] ?? '' }));
      }),
    );
    const seen = JSON.parse(await readFile(seenPlace(stateDir, 'shop'), 'utf8'));
    expect(seen.channels).toMatchObject([
      { sequence: round * 2, bundles: [{}, {}].map(() => expect.any(String)) },
    ]);
  }
  const left = await readdir(join(stateDir, '_trust'));
  expect(left.sort()).toEqual(['allowed_signers', 'clock.json', 'policy.json', 'seen']);
});

test('an export without options has a sequence one higher than its base, in bundle.json', async () => {
  const { report } = await buildBundle(join(work, 'base'), undefined, { sourceDateEpoch: 1000 });
  expect(report.manifest).toMatchObject({
    channel: 'stable',
    sequence: 1000,
    derivedSequence: true,
  });
  const text = await readFile(join(work, 'base', paths.manifest), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ channel: 'stable', sequence: 1000 });
  const known = { hosts: [], orders: [orderOf(report.manifest)] };
  const next = await buildBundle(join(work, 'next'), undefined, { sourceDateEpoch: 1000, known });
  expect(next.report.manifest.sequence).toBe(1001);
  const chosen = await buildBundle(join(work, 'chosen'), undefined, { known, sequence: 1000 });
  expect(chosen.report.manifest.derivedSequence).toBeUndefined();
  const beta = { sourceDateEpoch: 1000, known, channel: 'beta' };
  expect((await buildBundle(join(work, 'beta'), undefined, beta)).report.manifest).toMatchObject({
    channel: 'beta',
    sequence: 1000,
  });
  await expect(
    buildBundle(join(work, 'low'), undefined, { known, sequence: 999 }),
  ).rejects.toMatchObject({ code: 'usage' });
});
