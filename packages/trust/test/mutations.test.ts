import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSshKey, sshSign } from '@bundle/testkit';
import { judgeSignatures, parseAllowedSigners, signatureNamespace } from '../src/index.ts';
import { readArmored } from '../src/signature-file.ts';

const count = 3000;
const seed = Number(process.env['BUNDLE_TEST_SEED'] ?? 7);
const message = Buffer.from('{"product":"shop"}');
const now = new Date('2026-11-28T12:00:00Z');

/** Returns a generator of numbers from 0 to 1 from a seed (mulberry32). */
function randomNumbers(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function mutate(bytes: Buffer, random: () => number): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit);
  const at = below(bytes.length);
  const to = at + below(bytes.length - at);
  const changed = Buffer.from(bytes);
  switch (below(6)) {
    case 0:
      changed[at] = (changed[at] ?? 0) ^ (1 << below(8));
      return changed;
    case 1:
      return changed.subarray(0, at);
    case 2:
      return Buffer.concat([changed.subarray(0, at), changed.subarray(to)]);
    case 3:
      return Buffer.concat([changed.subarray(0, to), changed.subarray(at)]);
    case 4:
      return Buffer.concat([
        changed.subarray(0, at),
        Buffer.from([below(256)]),
        changed.subarray(at),
      ]);
    default:
      changed.fill(below(256), at, Math.min(bytes.length, at + 1 + below(4)));
      return changed;
  }
}

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
      const random = randomNumbers(seed);
      const accepted: string[] = [];
      const judge = (changed: string): void => {
        if (judgeSignatures(message, [changed], { trusted, now }).signers === 0) return;
        // Line breaks may have moved, and the same signature may occur twice.
        if (readArmored(changed).every((found) => found.equals(blob))) return;
        accepted.push(changed);
      };
      for (let done = 0; done < count; done++) {
        judge(armor(mutate(blob, random)));
        judge(mutate(Buffer.from(text), random).toString('latin1'));
        // The signature is valid only over the signed message.
        const other = mutate(message, random);
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
    const random = randomNumbers(seed);
    for (let done = 0; done < count; done++) {
      const changed = mutate(text, random).toString('latin1');
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
