import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { judgeSignatures, parseAllowedSigners, parseRevokedKeys } from '../src/index.ts';
import { signatureNamespace } from '../src/signature.ts';
import { wireString } from '../src/wire.ts';

const now = new Date('2026-11-28T12:00:00Z');
const message = Buffer.from('{"product":"shop"}');
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const blob = blobOf(publicKey);
const line = `ssh-ed25519 ${blob.toString('base64')} test`;

function blobOf(key: KeyObject): Buffer {
  const x = key.export({ format: 'jwk' }).x ?? '';
  return Buffer.concat([wireString('ssh-ed25519'), wireString(Buffer.from(x, 'base64url'))]);
}

interface Fields {
  magic?: string;
  version?: number;
  key?: Buffer;
  namespace?: string;
  reserved?: string;
  hash?: string;
  made?: (signed: Buffer) => Buffer;
  after?: string;
}

/** Makes a signature with any of its fields replaced; it is correctly made over those fields. */
function signature(fields: Fields = {}): Buffer {
  const { magic = 'SSHSIG', version = 1, key = blob, namespace = signatureNamespace } = fields;
  const { reserved = '', hash = 'sha512', after = '' } = fields;
  const { createHash } = process.getBuiltinModule('node:crypto');
  const digest = createHash(['sha256', 'sha512'].includes(hash) ? hash : 'md5').update(message);
  const signed = Buffer.concat([
    Buffer.from('SSHSIG'),
    ...[namespace, reserved, hash].map(wireString),
    wireString(digest.digest()),
  ]);
  const plain = (bytes: Buffer): Buffer =>
    Buffer.concat([wireString('ssh-ed25519'), wireString(sign(null, bytes, privateKey))]);
  const number = Buffer.alloc(4);
  number.writeUInt32BE(version);
  return Buffer.concat([
    Buffer.from(magic),
    number,
    wireString(key),
    ...[namespace, reserved, hash].map(wireString),
    wireString((fields.made ?? plain)(signed)),
    Buffer.from(after),
  ]);
}

function armor(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----', ''].join('\n');
}

function judge(text: string) {
  return judgeSignatures(message, [text], {
    trusted: parseAllowedSigners(`shop ${line}`, 'list'),
    now,
  });
}

test('the signature that the cases below change is accepted', () => {
  expect(judge(armor(signature())).signers).toBe(1);
  expect(judge(armor(signature({ hash: 'sha256' }))).signers).toBe(1);
});

const twice = (signed: Buffer): Buffer =>
  Buffer.concat([wireString('ssh-ed25519'), wireString(sign(null, signed, privateKey)), signed]);

test.each<[string, Fields]>([
  ['another magic string', { magic: 'SSHSIH' }],
  ['a later version', { version: 2 }],
  ['version 0', { version: 0 }],
  ['something in the reserved field', { reserved: 'x' }],
  ['another hash', { hash: 'md5' }],
  ['no namespace', { namespace: '' }],
  ['a namespace with NUL', { namespace: `${signatureNamespace}\0` }],
  ['something after the end', { after: 'x' }],
  ['something after the actual signature', { made: twice }],
  ['a key that is cut short', { key: blob.subarray(0, -1) }],
  ['a key with something after it', { key: Buffer.concat([blob, Buffer.from('x')]) }],
  ['no key', { key: Buffer.alloc(0) }],
  ['a certificate', { key: wireString('ssh-ed25519-cert-v01@openssh.com') }],
])('a signature with %s is refused', (_, fields) => {
  expect(judge(armor(signature(fields))).signers).toBe(0);
});

test.each([
  ['nothing', ''],
  ['a line before it', `x\n${armor(signature())}`],
  ['a line after it', `${armor(signature())}x\n`],
  ['an empty line after it', `${armor(signature())}\n`],
  ['no end', armor(signature()).replace(/-----END.*\n/, '')],
  ['blanks in it', armor(signature()).replace('U1', 'U 1')],
  ['no padding', armor(signature()).replace(/=+\n-/, '\n-')],
  ['letters of base64url', armor(signature()).replace(/\n(.)/, '\n_')],
])('a signature file with %s is refused', (_, text) => {
  expect(judge(text)).toMatchObject({ signers: 0, malformed: expect.any(String) });
});

test.each([
  ['cert-authority', 'a certificate authority'],
  ['namespaces="a",cert-authority', 'a certificate authority'],
  ['no-touch-required="x"', 'an unknown option'],
  ['namespaces=file', 'not understood'],
  ['namespaces="a",namespaces="b"', 'twice'],
  ['namespaces="a",', 'not understood'],
  ['valid-before="20260231"', 'is not a time'],
  ['valid-before="2026-02-01"', 'is not a time'],
  ['valid-before="20260201246060"', 'is not a time'],
  ['valid-after="20260301",valid-before="20260201"', 'not after'],
])('a list of trusted keys with %s is refused with its line', (options, reason) => {
  const text = `# ours\nshop ${options} ${line}\n`;
  expect(() => parseAllowedSigners(text, 'list')).toThrow(`line 2: `);
  expect(() => parseAllowedSigners(text, 'list')).toThrow(reason);
});

test.each([
  ['no key', 'shop\n'],
  ['a key of a type other than declared', `shop ${line.replace('ssh-ed25519', 'ssh-rsa')}`],
  ['a key that is cut short', `shop ${line.slice(0, 40)}`],
  ['quotes in the name', `"a b" ${line}`],
  ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\n'],
  ['a quote that does not end', `shop namespaces="file ${line}`],
  ['a megabyte', `# ${'x'.repeat(1024 * 1024)}\n`],
])('a list of trusted keys with %s is refused', (_, text) => {
  expect(() => parseAllowedSigners(text, 'list')).toThrow(
    expect.objectContaining({ code: 'trust-invalid' }),
  );
});

test('a binary revocation list is refused, and says what to give instead', () => {
  expect(() => parseRevokedKeys('SSHKRL\n\0\0\0', 'krl')).toThrow(
    expect.objectContaining({
      code: 'trust-invalid',
      details: expect.objectContaining({ hint: expect.stringContaining('one on a line') }),
    }),
  );
});

test('patterns of many stars are matched quickly', () => {
  const principals = `${'*a'.repeat(2000)}b`;
  const trusted = parseAllowedSigners(`${principals} ${line}`, 'list');
  const rules = { trusted, now, principal: 'a'.repeat(4000) };
  const started = performance.now();
  expect(judgeSignatures(message, [armor(signature())], rules).signers).toBe(0);
  expect(performance.now() - started).toBeLessThan(2000);
});
