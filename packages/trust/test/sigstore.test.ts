import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mutateBytes, numbersFrom } from '@bundle/testkit';
import { parseAllowedSigners, parseKeyFile } from '../src/index.ts';
import { judgeSigstore, makeSigstore } from '../src/sigstore.ts';

const message = Buffer.from('{"product":"shop"}');
const now = new Date('2026-11-28T12:00:00Z');
const pem = (key: KeyObject): string => String(key.export({ type: 'spki', format: 'pem' }));
const pair = (curve = 'P-256') => generateKeyPairSync('ec', { namedCurve: curve });
const { publicKey, privateKey } = pair();
const named = parseKeyFile(pem(publicKey), 'cosign.pub');
const trusting = (options = '', line = named.line) =>
  parseAllowedSigners(`vendor ${options}${line}`, 'list');
const made = makeSigstore(message, privateKey);
const judge = (text: string, rules: object = { trusted: trusting() }) =>
  judgeSigstore(message, [text], { now, ...rules });

test.each(['P-256', 'P-384', 'P-521', 'RSA'])('a signature by a key of type %s counts', (type) => {
  const keys = type === 'RSA' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : pair(type);
  const { line, key } = parseKeyFile(pem(keys.publicKey), 'key.pub');
  expect(judge(makeSigstore(message, keys.privateKey), { trusted: trusting('', line) })).toEqual({
    signers: 1,
    signatures: [
      { type: key.type, fingerprint: key.fingerprint, verdict: 'trusted', principals: 'vendor' },
    ],
  });
});

test.each<[string, object, object]>([
  ['without a list', { trusted: undefined }, { type: 'Sigstore', verdict: 'needs-key' }],
  ['by a key that is not listed', { trusted: [] }, { type: 'Sigstore', verdict: 'unknown' }],
  [
    'by a revoked key',
    { trusted: trusting(), revoked: new Set([named.key.fingerprint]) },
    { verdict: 'revoked' },
  ],
  ['by an expired key', { trusted: trusting('valid-before="20200101Z" ') }, { verdict: 'expired' }],
  [
    'by a key for another name',
    { trusted: trusting(), principal: 'other' },
    { verdict: 'not-for-this' },
  ],
  [
    'by a key for one purpose, as it names none',
    { trusted: trusting('namespaces="bundle-manifest@v1" ') },
    { verdict: 'not-for-this' },
  ],
])('a signature %s does not count', (_, rules, expected) => {
  expect(judge(made, rules)).toMatchObject({ signers: 0, signatures: [expected] });
});

test('a signature over other bytes is wrong, whatever it says that it signed', () => {
  const digest = (text: Buffer): string => createHash('sha256').update(text).digest('base64');
  const other = Buffer.from('{"product":"other"}');
  const overOther = makeSigstore(other, privateKey);
  expect(judge(overOther)).toMatchObject({ signers: 0, signatures: [{ verdict: 'wrong' }] });
  const lying = overOther.replace(digest(other), digest(message));
  expect(judge(lying)).toMatchObject({
    signers: 0,
    signatures: [{ verdict: 'wrong', fingerprint: named.key.fingerprint }],
  });
});

test('what cosign writes by default counts, too', () => {
  const base64Signature = sign('sha256', message, privateKey).toString('base64');
  expect(judge(JSON.stringify({ base64Signature }))).toMatchObject({ signers: 1 });
  const other = sign('sha256', Buffer.from('other'), privateKey).toString('base64');
  expect(judge(JSON.stringify({ base64Signature: other }))).toMatchObject({ signers: 0 });
});

test('several signatures are one on a line, and one signer counts once', () => {
  const second = pair();
  const list = [...trusting(), ...trusting('', parseKeyFile(pem(second.publicKey), 'b').line)];
  const both = made + makeSigstore(message, second.privateKey);
  expect(judge(both, { trusted: list })).toMatchObject({
    signers: 1,
    signatures: [{ verdict: 'trusted' }, { verdict: 'trusted' }],
  });
  const spread = JSON.stringify(JSON.parse(made), undefined, 2);
  expect(judge(spread)).toMatchObject({ signers: 1 });
  expect(judge(made.repeat(21)).malformed).toMatch('more than 20');
});

test('entries of a log are neither needed nor looked at', () => {
  const bundle = JSON.parse(made);
  bundle.verificationMaterial.tlogEntries = [
    {
      logIndex: '1',
      logId: { keyId: 'AAAA' },
      kindVersion: { kind: 'hashedrekord', version: '0.0.1' },
      integratedTime: '1700000000',
      inclusionProof: {
        logIndex: '1',
        rootHash: 'AAAA',
        treeSize: '2',
        hashes: [],
        checkpoint: { envelope: 'x' },
      },
      canonicalizedBody: 'AAAA',
    },
  ];
  expect(judge(JSON.stringify(bundle))).toMatchObject({ signers: 1 });
});

test.each<[string, (bundle: Record<string, unknown>) => void]>([
  [
    'with a certificate',
    (bundle) => {
      bundle['verificationMaterial'] = { certificate: { rawBytes: 'AAAA' } };
    },
  ],
  [
    'over a statement about something',
    (bundle) => {
      delete bundle['messageSignature'];
      bundle['dsseEnvelope'] = { payload: 'AAAA', payloadType: 'x', signatures: [{ sig: 'AAAA' }] };
    },
  ],
])('a Sigstore bundle %s does not count', (_, change) => {
  const bundle = JSON.parse(made);
  change(bundle);
  expect(judge(JSON.stringify(bundle))).toMatchObject({
    signers: 0,
    signatures: [{ verdict: 'unsupported' }],
  });
});

test.each([
  ['', 'nothing'],
  ['x', 'no JSON'],
  ['null', 'null'],
  ['[]', 'a list'],
  ['{}', 'an empty object'],
  [`${made}x`, 'something behind it'],
  [made.replace('"messageSignature"', '"a":1,"a":1,"messageSignature"'), 'a key twice'],
  [made.replace('SHA2_256', 'SHA3_256'), 'a hash that is not supported'],
  [made.replace('SHA2_256', 'MD5'), 'a hash that is not known'],
  ['{"base64Signature":"AAA"}', 'base64 that is not valid'],
])('a file with %j (%s) is refused', (text) => {
  expect(judge(text)).toMatchObject({ signers: 0, malformed: expect.any(String) });
});

test('none of 3000 changes to a signature is accepted unless it still holds the same one', () => {
  const random = numbersFrom(Number(process.env['BUNDLE_TEST_SEED'] ?? 7));
  const { signature } = JSON.parse(made).messageSignature;
  const accepted: string[] = [];
  for (let done = 0; done < 3000; done++) {
    const changed = mutateBytes(Buffer.from(made), random).toString('latin1');
    if (judge(changed).signers > 0 && !changed.includes(signature)) accepted.push(changed);
  }
  expect(accepted.slice(0, 3)).toEqual([]);
});

test.each([
  ['Ed25519', pem(generateKeyPairSync('ed25519').publicKey)],
  ['another curve', pem(pair('secp256k1').publicKey)],
  ['RSA of 1024 bits', pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)],
  ['no key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'],
  ['a private key', String(privateKey.export({ type: 'pkcs8', format: 'pem' }))],
])('a key file with %s is refused', (_, text) => {
  expect(() => parseKeyFile(text, 'key.pub')).toThrow(
    expect.objectContaining({ code: 'trust-invalid' }),
  );
});
