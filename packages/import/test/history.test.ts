import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLayoutEngine, type Engine } from '@bundle/engine';
import { BundleError } from '@bundle/format';
import {
  instanceOf,
  newJournal,
  reportHistory,
  takeReceipt,
  trustKey,
  writeJournal,
} from '@bundle/host';
import { signBundle } from '@bundle/sign';
import { makeSshKey, sshPath } from '@bundle/testkit';
import { parseKeyFile } from '@bundle/trust';
import { importBundle } from '../src/import.ts';
import type { ImportOptions } from '../src/import-types.ts';
import { buildBundle, quiet } from './build-bundle.ts';

let work: string;
let stateDir: string;
beforeEach(async () => {
  work = await realpath(await mkdtemp(join(tmpdir(), 'history-')));
  stateDir = join(work, 'state');
});
afterEach(() => rm(work, { recursive: true, force: true }));

const imported = (bundle: string, more: Partial<ImportOptions> = {}, engine?: Engine) =>
  importBundle(engine ?? createLayoutEngine(join(work, 'target')), {
    bundle,
    stateDir,
    dryRun: false,
    ...quiet,
    ...more,
  });
const rows = async () => (await reportHistory(stateDir, 100)).rows;

test('an import is recorded with its release and signers, but only if it begins to change something', async () => {
  const key = await makeSshKey(work, 'ed25519');
  const named = parseKeyFile(await readFile(`${key}.pub`, 'utf8'), key);
  const { path, report } = await buildBundle(join(work, 'shop.tar'), undefined, { sequence: 5 });
  await signBundle({ bundle: path, key, env: { PATH: sshPath }, signal: quiet.signal });
  await imported(path, { dryRun: true });
  await imported(path, { confirm: async () => false });
  expect(await rows()).toEqual([]);
  await imported(path);
  await trustKey(stateDir, named, 'vendor');
  await imported(path);
  await imported(path, { name: 'shop-2' });
  const { digest, manifest } = report;
  const { fingerprint } = named.key;
  const release = { version: manifest.version, channel: 'stable', sequence: 5, digest };
  expect(await rows()).toMatchObject([
    {
      action: 'import',
      instance: 'shop',
      ...release,
      signers: [{ key: fingerprint, verdict: 'unchecked' }],
      outcome: 'done',
    },
    { instance: 'shop-2', signers: [{ key: fingerprint, verdict: 'trusted', name: 'vendor' }] },
  ]);
});

test('an accepted older bundle is recorded as such, and a failed import with its code', async () => {
  const two = await buildBundle(join(work, 'two'), undefined, { version: '2.0', sequence: 2 });
  const one = await buildBundle(join(work, 'one'), undefined, { version: '1.0', sequence: 1 });
  await imported(two.path);
  await expect(imported(one.path)).rejects.toMatchObject({ code: 'bundle-older' });
  await imported(one.path, { allowOlder: true });
  const engine = createLayoutEngine(join(work, 'other'));
  const full = new BundleError('engine-failed', { operation: 'loading' });
  const broken: Engine = { ...engine, loadImages: () => Promise.reject(full) };
  await expect(imported(two.path, {}, broken)).rejects.toMatchObject({ code: 'engine-failed' });
  const found = await rows();
  expect(found).toMatchObject([
    { version: '2.0', outcome: 'done' },
    { version: '1.0', outcome: 'done', allowed: ['older'] },
    { version: '2.0', outcome: 'failed', code: 'engine-failed' },
  ]);
  expect(found[0]).not.toHaveProperty('allowed');
});

test('returning to a release that is already here is recorded too, although nothing is loaded', async () => {
  const one = await buildBundle(join(work, 'one'), undefined, { version: '1.0', sequence: 1 });
  const two = await buildBundle(join(work, 'two'), undefined, { version: '2.0', sequence: 2 });
  await imported(one.path);
  const { release } = await imported(two.path);
  const running = { release, since: new Date().toISOString() };
  await writeJournal(instanceOf(stateDir, 'shop'), { ...newJournal('shop'), running });
  await expect(imported(one.path, { up: true })).rejects.toMatchObject({ code: 'bundle-older' });
  const back = await imported(one.path, { up: true, allowOlder: true });
  expect(back).toMatchObject({ outcome: 'already imported', isAllowedOlder: true });
  expect((await rows()).at(-1)).toMatchObject({
    version: '1.0',
    allowed: ['older'],
    outcome: 'done',
  });
});

test('a receipt tells which releases are here, since when, their signers, and the state of the log', async () => {
  const one = await buildBundle(join(work, 'one'), undefined, { version: '1.0', sequence: 1 });
  const { digest } = await imported(one.path);
  const receipt = await takeReceipt(stateDir, 'web-1', new Date(0));
  const {
    entries,
    head,
    rows: [row],
  } = await reportHistory(stateDir, 10);
  expect(receipt).toEqual({
    kind: 'bundle-receipt',
    schemaVersion: 1,
    host: 'web-1',
    made: '1970-01-01T00:00:00.000Z',
    history: { entries, head, intact: true },
    releases: [
      {
        instance: 'shop',
        product: 'shop',
        version: '1.0',
        channel: 'stable',
        sequence: 1,
        digest,
        imported: row?.time,
        current: true,
        signers: [],
      },
    ],
  });
});
