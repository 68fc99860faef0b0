import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSshKey, mutateBytes, numbersFrom, sshSign } from '@bundle/testkit';
import { judgeSignatures, parseAllowedSigners, signatureNamespace } from '../src/index.ts';
import { readArmored } from '../src/signature-file.ts';

const count = 3000;
const seed = Number(process.env['BUNDLE_TEST_SEED'] ?? 7);
const message = Buffer.from('{"product":"shop"}');
const now = new Date('2026-11-28T12:00:00Z');

function armor(bytes: Buffer): string {
  return `-----BEGIN SSH SIGNATURE-----\n${bytes.toString('base64')}\n-----END SSH SIGNATURE-----\n`;
}

test.each(['ed25519', 'ecdsa-256', 'ecdsa-521', 'rsa-2048'])(
  `none of ${count} changes to a signature of %s, and as many to its text, is accepted`,
  async (type) => {
    const folder = await mkdtemp(join(tmpdir(), 'mutations-'));
    try {
      const key = await makeSshKey(folder, type);
      const text = await sshSign(key, signatureNamespace, message);
      const line = await readFile(`${key}.pub`, 'utf8');
      const trusted = parseAllowedSigners(`shop ${line}`, 'list');
      const [blob = Buffer.alloc(0)] = readArmored(text);
      const random = numbersFrom(seed);
      const accepted: string[] = [];
      const judge = (changed: string): void => {
        if (judgeSignatures(message, [changed], { trusted, now }).signers === 0) return;
        // Line breaks may have moved, and the same signature may occur twice.
        if (readArmored(changed).every((found) => found.equals(blob))) return;
        accepted.push(changed);
      };
      for (let done = 0; done < count; done++) {
        judge(armor(mutateBytes(blob, random)));
        judge(mutateBytes(Buffer.from(text), random).toString('latin1'));
        // The signature is valid only over the signed message.
        const other = mutateBytes(message, random);
        if (!other.equals(message) && judgeSignatures(other, [text], { trusted, now }).signers > 0)
          accepted.push(`over ${other.toString('hex')}`);
      }
      expect(accepted).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

test(`${count} changed lists of trusted keys are read or refused, and never crash`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mutations-'));
  try {
    const line = await readFile(`${await makeSshKey(folder, 'ecdsa-384')}.pub`, 'utf8');
    const text = Buffer.from(`# ours\nshop,*@x namespaces="a,b",valid-after="20260101Z" ${line}`);
    const random = numbersFrom(seed);
    for (let done = 0; done < count; done++) {
      const changed = mutateBytes(text, random).toString('latin1');
      try {
        parseAllowedSigners(changed, 'list');
      } catch (error) {
        expect(error).toMatchObject({ code: 'trust-invalid' });
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
