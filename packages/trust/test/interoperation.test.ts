import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSshKey, ssh, sshSign, startSshAgent } from '@bundle/testkit';
import {
  judgeSignatures,
  parseAllowedSigners,
  parseRevokedKeys,
  signatureNamespace,
  type TrustRules,
  type Verdict,
} from '../src/index.ts';

const message = Buffer.from('{\n "schemaVersion": 1,\n "product": "shop"\n}\n');
const types = ['ed25519', 'ecdsa-256', 'ecdsa-384', 'ecdsa-521', 'rsa-2048', 'rsa-3072'];
const now = new Date('2026-11-28T12:00:00Z');
let folder: string;
const keys = new Map<string, { path: string; line: string; text: string }>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trust-'));
  for (const type of [...types, 'rsa-1024']) {
    const path = await makeSshKey(folder, type);
    const line = (await readFile(`${path}.pub`, 'utf8')).trim();
    keys.set(type, { path, line, text: await sshSign(path, signatureNamespace, message) });
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function keyOf(type: string) {
  const key = keys.get(type);
  if (key === undefined) throw new Error(type);
  return key;
}

function judge(text: string, lines: string, rules: Partial<TrustRules> = {}, over = message) {
  const trusted = parseAllowedSigners(lines, 'allowed_signers');
  return judgeSignatures(over, [text], { trusted, now, ...rules });
}

function verdicts(...args: Parameters<typeof judge>): readonly Verdict[] {
  return judge(...args).signatures.map(({ verdict }) => verdict);
}

/** Returns the verdict of `ssh-keygen -Y verify` on the same. */
async function sshVerifies(
  text: string,
  lines: string,
  { over = message, as = 'shop', more = [] as readonly string[] } = {},
): Promise<boolean> {
  const [signature, allowed] = [join(folder, 'signature'), join(folder, 'allowed')];
  await writeFile(signature, text);
  await writeFile(allowed, lines);
  const args = ['-Y', 'verify', '-f', allowed, '-I', as, '-n', signatureNamespace, '-s', signature];
  return ssh('ssh-keygen', [...args, ...more], { input: over }).then(
    () => true,
    () => false,
  );
}

describe.each(types)('a signature by ssh-keygen with a key of type %s', (type) => {
  test('is accepted if the key is trusted, as by ssh-keygen', async () => {
    const { line, text } = keyOf(type);
    expect(judge(text, `shop ${line}\n`)).toMatchObject({
      signers: 1,
      signatures: [{ verdict: 'trusted', principals: 'shop' }],
    });
    expect(await sshVerifies(text, `shop ${line}\n`)).toBe(true);
  });

  test('has the fingerprint that ssh-keygen -l shows', async () => {
    const { path, text, line } = keyOf(type);
    const printed = await ssh('ssh-keygen', ['-l', '-f', `${path}.pub`]);
    expect(judge(text, '').signatures[0]).toMatchObject({
      fingerprint: printed.split(' ')[1],
      type: line.split(' ')[0],
      verdict: 'unknown',
    });
  });

  test('is refused over other bytes, with either hash', async () => {
    const { path, line } = keyOf(type);
    for (const hash of ['sha256', 'sha512']) {
      const options = ['-O', `hashalg=${hash}`];
      const text = await sshSign(path, signatureNamespace, message, options);
      const other = Buffer.from(message.toString().replace('shop', 'shoq'));
      expect(verdicts(text, `shop ${line}`)).toEqual(['trusted']);
      expect(verdicts(text, `shop ${line}`, {}, other)).toEqual(['wrong']);
    }
  });

  test('is refused if it was made for another purpose', async () => {
    const { path, line } = keyOf(type);
    const text = await sshSign(path, 'file', message);
    expect(verdicts(text, `shop ${line}`)).toEqual(['other-purpose']);
    expect(await sshVerifies(text, `shop ${line}`)).toBe(false);
  });

  test('is refused once the key is revoked', async () => {
    const { line, text } = keyOf(type);
    const revoked = parseRevokedKeys(`# lost\n${line}\n`, 'revoked');
    expect(verdicts(text, `shop ${line}`, { revoked })).toEqual(['revoked']);
    await writeFile(join(folder, 'revoked'), `${line}\n`);
    const more = ['-r', join(folder, 'revoked')];
    expect(await sshVerifies(text, `shop ${line}`, { more })).toBe(false);
  });
});

test('an RSA key of 1024 bits is refused, in a signature and in a list', () => {
  const { line, text } = keyOf('rsa-1024');
  expect(judge(text, '').malformed).toMatch(/1024 bits/);
  expect(() => parseAllowedSigners(`shop ${line}`, 'list')).toThrow(/line 1: .*1024 bits/);
});

test('a key that only an agent holds signs', async () => {
  const agent = await startSshAgent();
  try {
    const { path, line } = keyOf('ed25519');
    await ssh('ssh-add', ['-q', path], { env: agent.env });
    await writeFile(join(folder, 'held.pub'), `${line}\n`);
    const held = join(folder, 'held.pub');
    const text = await sshSign(held, signatureNamespace, message, [], agent.env);
    expect(verdicts(text, `shop ${line}`)).toEqual(['trusted']);
  } finally {
    await agent.stop();
  }
});

test.each([
  ['valid-after="20261128"', 'trusted'],
  ['valid-after="20261129"', 'not-yet-valid'],
  ['valid-before="20261127"', 'expired'],
  ['valid-before="20261128115959Z"', 'expired'],
  ['valid-before="202611281201Z"', 'trusted'],
  ['valid-after="20261101Z",valid-before="20261201Z"', 'trusted'],
  [`namespaces="file,${signatureNamespace}"`, 'trusted'],
  ['namespaces="bundle-*"', 'trusted'],
  ['namespaces="file"', 'not-for-this'],
  ['namespaces="*,!bundle-*"', 'not-for-this'],
] as const)('a key with %s is %s, as for ssh-keygen', async (options, verdict) => {
  const { line, text } = keyOf('ed25519');
  const lines = `shop ${options} ${line}\n`;
  expect(verdicts(text, lines)).toEqual([verdict]);
  const more = ['-O', 'verify-time=20261128120000Z'];
  expect(await sshVerifies(text, lines, { more })).toBe(verdict === 'trusted');
});

test.each([
  ['vendor@example.com', 'vendor@example.com', true],
  ['*@example.com', 'vendor@example.com', true],
  ['*@example.com,!guest@example.com', 'guest@example.com', false],
  ['a,b,vendor?', 'vendor1', true],
  ['vendor', 'vendors', false],
])('principals %s let %s sign: %s', async (principals, principal, signs) => {
  const { line, text } = keyOf('ed25519');
  expect(verdicts(text, `${principals} ${line}`, { principal })).toEqual([
    signs ? 'trusted' : 'not-for-this',
  ]);
  expect(await sshVerifies(text, `${principals} ${line}\n`, { as: principal })).toBe(signs);
});

test('several signatures in one file count once per signer, and ssh-keygen reads the first', async () => {
  const [first, second, third] = ['ed25519', 'ecdsa-256', 'rsa-3072'].map(keyOf);
  const text = `${first?.text}${second?.text}${third?.text}`;
  const lines = `alice ${first?.line}\nbob ${second?.line}\nalice ${third?.line}\n`;
  expect(judge(text, lines)).toMatchObject({ signers: 2 });
  expect(judge(text, `bob ${second?.line}`)).toMatchObject({
    signers: 1,
    signatures: [{ verdict: 'unknown' }, { verdict: 'trusted' }, { verdict: 'unknown' }],
  });
  expect(judge(text, `alice ${first?.line}`, { trusted: [] }).signers).toBe(0);
  expect(await sshVerifies(text, lines, { as: 'alice' })).toBe(true);
  expect(await sshVerifies(text, lines, { as: 'bob' })).toBe(false);
  expect(judge(`${first?.text}${first?.text}`, lines).signers).toBe(1);
});

test('without a list, signatures are checked but nobody is trusted', () => {
  const { text } = keyOf('ed25519');
  const judged = judgeSignatures(message, [text], { now });
  expect(judged).toMatchObject({ signers: 0, signatures: [{ verdict: 'unchecked' }] });
});

test('Windows line endings change nothing', () => {
  const { text, line } = keyOf('ed25519');
  const crlf = (lines: string): string => lines.replaceAll('\n', '\r\n');
  expect(verdicts(crlf(text), crlf(`# ours\n\nshop ${line}\n`))).toEqual(['trusted']);
});
