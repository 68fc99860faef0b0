import {
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLayoutEngine, type Engine } from '@bundle/engine';
import { paths } from '@bundle/format';
import {
  distrustKeys,
  readHostTrust,
  requireSigners,
  revokeKey,
  trustedNow,
  trustKey,
  trustPlacesOf,
} from '@bundle/host';
import { signBundle } from '@bundle/sign';
import { makeSshKey, snapshot, sshPath } from '@bundle/testkit';
import { type NamedKey, parseKeyFile } from '@bundle/trust';
import { importBundle } from '../src/import.ts';
import type { ImportOptions } from '../src/import-types.ts';
import { preflight } from '../src/preflight/preflight.ts';
import { buildBundle, forms, quiet } from './build-bundle.ts';

const env = { PATH: sshPath };
let work: string;
let stateDir: string;
let key: string;
beforeEach(async () => {
  work = await realpath(await mkdtemp(join(tmpdir(), 'trust-')));
  stateDir = join(work, 'state');
  key = await makeSshKey(work, 'ed25519');
});
afterEach(() => rm(work, { recursive: true, force: true }));

const nameOf = (form: string): string => join(work, form === 'tar' ? 'shop.tar' : 'shop');
const sign = (bundle: string, by = key) =>
  signBundle({ bundle, key: by, env, signal: quiet.signal });
const named = async (path = key): Promise<NamedKey> =>
  parseKeyFile(await readFile(`${path}.pub`, 'utf8'), path);
const trust = async (path = key, name = 'vendor') => trustKey(stateDir, await named(path), name);

/** An engine that counts all requests except those for its own information. */
function watched(calls: string[]): Engine {
  const engine = createLayoutEngine(join(work, 'target'));
  return new Proxy(engine, {
    get: (target, name, receiver) => {
      if (name !== 'info') calls.push(String(name));
      return Reflect.get(target, name, receiver);
    },
  });
}
async function importInto(bundle: string, more: Partial<ImportOptions> = {}) {
  const engine = createLayoutEngine(join(work, 'target'));
  return importBundle(engine, { bundle, stateDir, dryRun: false, ...quiet, ...more });
}
/** Imports a bundle that must be refused, and checks that neither engine nor state was touched. */
async function refused(bundle: string, code: string, more: Partial<ImportOptions> = {}) {
  const before = await snapshot(stateDir);
  const calls: string[] = [];
  const options = { bundle, stateDir, dryRun: false, ...quiet, ...more };
  await expect(importBundle(watched(calls), options)).rejects.toMatchObject({ code });
  expect(calls).toEqual([]);
  expect(await snapshot(stateDir)).toEqual(before);
}

describe.each(forms)('a %s', (form) => {
  test('is imported unsigned until a key is trusted, and then only with its signature', async () => {
    const { path } = await buildBundle(nameOf(form));
    expect(await importInto(path, { dryRun: true })).toMatchObject({ outcome: 'previewed' });
    await trust();
    await refused(path, 'signature-missing');
    await refused(path, 'signature-missing', { dryRun: true });
    await sign(path);
    const report = await importInto(path);
    expect(report).toMatchObject({
      outcome: 'imported',
      signatures: { signers: 1, signatures: [{ verdict: 'trusted', principals: 'vendor' }] },
    });
    // The release keeps its signature, and the bundle is checked each time.
    expect(await readFile(join(report.releaseDir, paths.signature), 'utf8')).toMatch(/^-----BEGIN/);
    expect(await importInto(path)).toMatchObject({ outcome: 'already imported' });
    const { key: lost, line } = await named();
    await revokeKey(stateDir, { fingerprint: lost.fingerprint, line });
    await refused(path, 'signer-revoked');
  });
});

test('preflight refuses what import refuses', async () => {
  const { path } = await buildBundle(nameOf('folder'));
  await trust();
  const engine = createLayoutEngine(join(work, 'target'));
  const options = { given: {}, ignore: [], warnOnly: [] };
  await expect(preflight(engine, path, stateDir, options as never)).rejects.toMatchObject({
    code: 'signature-missing',
  });
});

test('a signature by another key, of another bundle, or for another purpose is not accepted', async () => {
  const { path } = await buildBundle(nameOf('folder'));
  const other = await buildBundle(join(work, 'other'), undefined, { version: '2.0' });
  await trust();
  await sign(path, await makeSshKey(work, 'ecdsa-256'));
  await refused(path, 'signer-unknown');
  await sign(other.path);
  await copyFile(join(other.path, paths.signature), join(path, paths.signature));
  await refused(path, 'signature-invalid');
});

test('a changed bundle.json is refused although its list and checksums agree with it', async () => {
  const { path } = await buildBundle(nameOf('folder'));
  await trust();
  await sign(path);
  const file = join(path, paths.manifest);
  await writeFile(file, (await readFile(file, 'utf8')).replace('"1.0"', '"1.1"'));
  await refused(path, 'signature-invalid');
});

test('if two signers are required, neither one nor one person with two keys is enough', async () => {
  const { path } = await buildBundle(nameOf('folder'));
  const [second, third] = [
    await makeSshKey(work, 'ecdsa-256'),
    await makeSshKey(work, 'ecdsa-384'),
  ];
  await trust(key, 'alice');
  await trust(second, 'alice');
  await trust(third, 'bob');
  await requireSigners(stateDir, 2);
  await sign(path);
  await refused(path, 'signature-missing');
  await sign(path, second);
  await refused(path, 'signature-missing');
  await sign(path, third);
  expect(await importInto(path)).toMatchObject({ signatures: { signers: 2 } });
});

test('removing the last key forbids every import until signatures are no longer required', async () => {
  const { path } = await buildBundle(nameOf('folder'));
  await sign(path);
  await trust();
  const { fingerprint } = (await named()).key;
  expect(await distrustKeys(stateDir, 'nobody')).toEqual([]);
  expect(await distrustKeys(stateDir, fingerprint)).toEqual([fingerprint]);
  await refused(path, 'signer-unknown');
  await requireSigners(stateDir, 0);
  expect(await importInto(path)).toMatchObject({ outcome: 'imported' });
});

test('keys that several people trust, revoke and remove at once are all in the lists', async () => {
  const keys = [key, await makeSshKey(work, 'ecdsa-256'), await makeSshKey(work, 'ecdsa-384')];
  const names = await Promise.all(keys.map((one) => named(one)));
  await Promise.all(names.map((one, index) => trustKey(stateDir, one, `vendor${index}`)));
  expect((await readHostTrust(stateDir)).trusted).toHaveLength(3);
  const revoking = names.map(({ key: { fingerprint }, line }) => ({ fingerprint, line }));
  await Promise.all(revoking.map((one) => revokeKey(stateDir, one)));
  expect((await readHostTrust(stateDir)).revoked.size).toBe(3);
  await Promise.all(revoking.map(({ fingerprint }) => distrustKeys(stateDir, fingerprint)));
  expect((await readHostTrust(stateDir)).trusted).toEqual([]);
});

test('a revoked key cannot be trusted again', async () => {
  await trust();
  const { key: found, line } = await named();
  expect(await revokeKey(stateDir, { fingerprint: found.fingerprint, line })).toBe(true);
  expect(await revokeKey(stateDir, { fingerprint: found.fingerprint, line })).toBe(false);
  await expect(trust()).rejects.toMatchObject({ code: 'signer-revoked' });
});

test.each([
  ['allowed_signers', 'vendor nonsense\n'],
  ['revoked', 'SSHKRL\n\0'],
  ['policy.json', '{'],
  ['policy.json', '{"schemaVersion":1,"signers":-1}'],
  ['clock.json', '{"schemaVersion":1,"latest":"never"}'],
])('nothing is imported while %s cannot be read: %j', async (file, text) => {
  const { path } = await buildBundle(nameOf('folder'));
  await sign(path);
  await trust();
  await writeFile(join(trustPlacesOf(stateDir).folder, file), text);
  await refused(path, 'trust-invalid');
});

test('lists written by hand also make a signature required', async () => {
  const { path } = await buildBundle(nameOf('folder'));
  const { folder, allowedSigners } = trustPlacesOf(stateDir);
  await mkdir(folder, { recursive: true });
  await writeFile(allowedSigners, `# ours\n*@example.com ${(await named()).line}`);
  await refused(path, 'signature-missing');
  expect(await trust(await makeSshKey(work, 'ecdsa-256'), 'second')).toBe(true);
  expect((await readFile(allowedSigners, 'utf8')).split('\n')).toHaveLength(4);
  await sign(path);
  expect(await importInto(path)).toMatchObject({ outcome: 'imported' });
});

test('an expired key stays expired when the clock of the host is set back', async () => {
  const { path } = await buildBundle(nameOf('folder'));
  await sign(path);
  const { folder, allowedSigners, clock } = trustPlacesOf(stateDir);
  await mkdir(folder, { recursive: true });
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().replace(/\D/g, '').slice(0, 8);
  await writeFile(allowedSigners, `vendor valid-before="${tomorrow}Z" ${(await named()).line}\n`);
  expect(await importInto(path)).toMatchObject({ outcome: 'imported' });
  const seen = JSON.parse(await readFile(clock, 'utf8'));
  expect(Date.parse(seen.latest)).toBeLessThanOrEqual(Date.now());
  // As if the clock had once shown the day after tomorrow.
  const latest = new Date(Date.now() + 2 * 86_400_000);
  await writeFile(clock, JSON.stringify({ schemaVersion: 1, latest: latest.toISOString() }));
  await refused(path, 'signer-expired');
  expect(await trustedNow(stateDir)).toEqual(latest);
});

test('an unexpected identity is refused, signed or not', async () => {
  const { path, report } = await buildBundle(nameOf('folder'));
  await mkdir(stateDir);
  const other = `sha256:${'0'.repeat(64)}` as const;
  await refused(path, 'identity-mismatch', { expectDigest: other });
  const expectDigest = report.digest as typeof other;
  expect(await importInto(path, { expectDigest })).toMatchObject({ outcome: 'imported' });
});

test('only its owner can access the folder of trusted keys, whatever the umask is', async () => {
  const before = process.umask(0);
  try {
    await trust();
  } finally {
    process.umask(before);
  }
  const { folder, allowedSigners } = trustPlacesOf(stateDir);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(allowedSigners)).mode & 0o777).toBe(0o644);
});
