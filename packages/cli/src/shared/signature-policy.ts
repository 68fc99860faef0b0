import { resolve } from 'node:path';
import { readTextIfThere } from '@bundle/files';
import { BundleError, defined, limits } from '@bundle/format';
import type { SignaturePolicy } from '@bundle/verify';
import { usageError } from '../usage.ts';
import type { ListChoice } from './options/trust.ts';

/** Reads which signatures a command line requires. Without a list, signatures are checked but no key is trusted. */
export async function chosenPolicy(
  { allowedSigners, revoked, signers, principal }: ListChoice,
  cwd: string,
): Promise<SignaturePolicy> {
  const now = new Date();
  if (allowedSigners === undefined) {
    const [name] = Object.entries({ revoked, signers, principal }).find(([, value]) => value) ?? [];
    if (name === undefined) return { required: 0, now };
    throw usageError(`--${name}`, '--allowed-signers with it', 'none');
  }
  const { parseAllowedSigners, parseRevokedKeys } = await import('@bundle/trust');
  const list = parseAllowedSigners(await read(allowedSigners, cwd), allowedSigners);
  const lost = revoked && parseRevokedKeys(await read(revoked, cwd), revoked);
  const rules = { trusted: list, revoked: lost || undefined, principal };
  return { required: signers ?? 1, now, ...defined(rules) };
}

async function read(file: string, cwd: string): Promise<string> {
  const text = await readTextIfThere(resolve(cwd, file), { maxBytes: limits.maxTrustFileBytes });
  if (text !== undefined) return text;
  throw new BundleError('input-unreadable', {
    operation: 'reading',
    subject: file,
    expected: 'a list of public keys',
    found: 'nothing there',
    hint: 'Check the path.',
  });
}
