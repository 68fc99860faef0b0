import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { paths } from '@bundle/format';
import { makeSshKey, sshPath, sshSign } from '@bundle/testkit';
import { openManifest } from '@bundle/verify';
import { buildBundle } from '../../import/test/build-bundle.ts';
import { bundle } from './run-bundle.ts';

const env = { PATH: sshPath };
let work: string;
let path: string;
let key: string;
let line: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'verify-'));
  ({ path } = await buildBundle(join(work, 'shop')));
  key = await makeSshKey(work, 'ed25519');
  line = (await readFile(`${key}.pub`, 'utf8')).trim();
});
afterEach(() => rm(work, { recursive: true, force: true }));

const verify = (...more: readonly string[]) => bundle(['verify', path, ...more], { env });
const sign = (...more: readonly string[]) => bundle(['sign', path, '--key', ...more], { env });
async function list(name: string, ...lines: readonly string[]): Promise<string> {
  await writeFile(join(work, name), lines.map((one) => `${one}\n`).join(''));
  return join(work, name);
}

test('without a list, verify shows the signing keys and that they are not trusted', async () => {
  expect((await verify()).stdout).toMatch(/\nnot signed\n$/);
  await sign(key);
  expect((await verify()).stdout).toMatch(
    /\nsigned by ssh-ed25519 SHA256:[\w+/]{43} \(not checked against any list\)\n$/,
  );
  expect((await bundle(['inspect', path])).stdout).toContain('(not checked against any list)');
  expect(JSON.parse((await verify('--json')).stdout)).toMatchObject({
    ok: true,
    signers: 0,
    signatures: [{ type: 'ssh-ed25519', verdict: 'unchecked' }],
  });
});

test('with a list, verify names the signer, and refuses a bundle that no listed key signed', async () => {
  const signers = await list('signers', `vendor@example.com ${line}`);
  const unsigned = await verify('--allowed-signers', signers);
  expect(unsigned).toMatchObject({ code: 64, stdout: '' });
  await sign(key);
  expect(await verify('--allowed-signers', signers)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/\nsigned by vendor@example\.com: ssh-ed25519 SHA256:/),
  });
  const other = await makeSshKey(work, 'ecdsa-256');
  const strangers = await list('strangers', `x ${await readFile(`${other}.pub`, 'utf8')}`);
  expect(await verify('--allowed-signers', strangers)).toMatchObject({
    code: 66,
    stderr: expect.stringContaining('bundle trust add'),
  });
});

test.each([
  ['a revoked key', 67, async () => ['--revoked', await list('revoked', line)], ''],
  ['an expired key', 68, async () => [], 'valid-before="20200101Z" '],
  ['a key that is not valid yet', 68, async () => [], 'valid-after="29990101Z" '],
  ['a key for other purposes', 66, async () => [], 'namespaces="file" '],
  ['a key of another principal', 66, async () => ['--principal', 'other'], ''],
  ['fewer signers than required', 64, async () => ['--signers', '2'], ''],
])('%s does not do: exit code %s', async (_, code, more, options) => {
  await sign(key);
  const signers = await list('signers', `vendor ${options}${line}`);
  expect(await verify('--allowed-signers', signers, ...(await more()))).toMatchObject({
    code,
    stdout: '',
  });
});

test('two signers are enough if two are required', async () => {
  const second = await makeSshKey(work, 'ecdsa-384');
  const other = (await readFile(`${second}.pub`, 'utf8')).trim();
  await sign(key);
  await sign(second);
  const [both, same] = [
    await list('both', `a ${line}`, `b ${other}`),
    await list('same', `a ${line}`, `a ${other}`),
  ];
  expect(await verify('--allowed-signers', both, '--signers', '2')).toMatchObject({ code: 0 });
  expect(await verify('--allowed-signers', same, '--signers', '2')).toMatchObject({ code: 64 });
});

test('a signature over another bundle.json is refused, with or without a list', async () => {
  const other = await buildBundle(join(work, 'other'), undefined, { version: '2.0' });
  await bundle(['sign', other.path, '--key', key], { env });
  await copyFile(join(other.path, paths.signature), join(path, paths.signature));
  expect(await verify()).toMatchObject({ code: 65 });
  expect(await verify('--allowed-signers', await list('a', `a ${line}`))).toMatchObject({
    code: 65,
  });
  // The right bytes, but signed for another purpose.
  const { bytes } = await openManifest(path);
  await writeFile(join(path, paths.signature), await sshSign(key, 'file', bytes));
  expect(await verify()).toMatchObject({ code: 65 });
});

test('an unreadable list is refused with the line', async () => {
  const broken = await list('broken', `a ${line}`, `b cert-authority ${line}`);
  expect(await verify('--allowed-signers', broken)).toMatchObject({
    code: 69,
    stderr: expect.stringContaining('line 2: a certificate authority'),
  });
  expect(await verify('--allowed-signers', join(work, 'none'))).toMatchObject({ code: 45 });
  expect(await verify('--revoked', broken)).toMatchObject({ code: 2 });
});

test('another identity than expected is refused before the rest is read', async () => {
  const { digest } = await openManifest(path);
  expect(await verify('--expect-digest', digest)).toMatchObject({ code: 0 });
  const other = `sha256:${'0'.repeat(64)}`;
  expect(await verify('--expect-digest', other)).toMatchObject({
    code: 79,
    stderr: expect.stringContaining(digest),
  });
  expect(await verify('--expect-digest', 'sha256:1')).toMatchObject({ code: 2 });
});
