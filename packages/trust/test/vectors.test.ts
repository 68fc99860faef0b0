import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { judgeSignatures, parseAllowedSigners } from '../src/index.ts';

// Recorded by OpenSSH itself (regress/unittests/sshsig/testdata). They include signatures by FIDO authenticators, which
// no test can make.
const vectors = join(import.meta.dirname, 'vectors');
const read = (name: string): Promise<string> => readFile(join(vectors, name), 'utf8');
const now = new Date('2026-11-28T12:00:00Z');

async function judge(key: string, change: (text: string) => string = (text) => text) {
  const trusted = parseAllowedSigners(`signer ${await read(`${key}.pub`)}`, 'list');
  const message = Buffer.from(change(await read('signed-data')));
  const rules = { trusted, now, namespace: await read('namespace') };
  return judgeSignatures(message, [await read(`${key}.sig`)], rules);
}

test.each(['ed25519_sk', 'ecdsa_sk', 'rsa'])(
  'the signature of %s is accepted, but not over other bytes',
  async (key) => {
    expect(await judge(key)).toMatchObject({ signers: 1, signatures: [{ verdict: 'trusted' }] });
    const changed = await judge(key, (text) => text.replace('test', 'Test'));
    expect(changed.signatures).toMatchObject([{ verdict: 'wrong' }]);
  },
);

test('a signature that a browser made with a FIDO key is refused', async () => {
  expect((await judge('ecdsa_sk_webauthn')).signatures).toMatchObject([{ verdict: 'wrong' }]);
});

test('a key of a type that is not supported signs nothing, and is refused in a list', async () => {
  const text = await read('mldsa44-ed25519.sig');
  const message = Buffer.from(await read('signed-data'));
  expect(judgeSignatures(message, [text], { now, namespace: 'unittest' }).signatures).toMatchObject(
    [{ verdict: 'unsupported' }],
  );
  await expect(judge('mldsa44-ed25519')).rejects.toThrow(
    /line 1: keys of type .* are not supported/,
  );
});
