import { BundleError } from '@bundle/format';
import { type NamedKey, parseAllowedSigners, parseRevokedKeys } from '@bundle/trust';
import { trustPlacesOf } from '../state-folder.ts';
import { readHostTrust, readKeys, writePolicy } from './policy.ts';
import { writeTrustFile } from './state-json.ts';
import { withTrustLock } from './trust-lock.ts';

// Each list is read and written under the lock: of two changes at once the first one would be lost.

/**
 * Trusts a key under the name `principal`; returns false if it is already trusted. From then on every bundle needs a
 * signature. Fails with `signer-revoked` for a key that was revoked here.
 */
export function trustKey(stateDir: string, key: NamedKey, principal: string): Promise<boolean> {
  return withTrustLock(stateDir, () => addKey(stateDir, key, principal));
}

async function addKey(
  stateDir: string,
  { key, line }: NamedKey,
  principal: string,
): Promise<boolean> {
  const { allowedSigners, revoked: place } = trustPlacesOf(stateDir);
  const { trusted, revoked, required } = await readHostTrust(stateDir);
  if (revoked.has(key.fingerprint)) {
    throw new BundleError('signer-revoked', {
      operation: 'trusting the key',
      subject: key.fingerprint,
      expected: 'a key that was not revoked on this host',
      found: `its line in ${place}`,
      hint: 'Get another key from the signer. If it was revoked by mistake, remove its line there.',
    });
  }
  const isThere = trusted?.some(
    (one) => one.key.fingerprint === key.fingerprint && one.principals === principal,
  );
  if (isThere === true) return false;
  // Written before the key, so that nothing unsigned is accepted in between.
  if (trusted === undefined || required === 0) await writePolicy(stateDir, Math.max(1, required));
  await appendLine(allowedSigners, `${principal} ${line}`);
  return true;
}

/**
 * Removes trusted keys by fingerprint or principal and returns the fingerprints. The required number of signers
 * stays the same.
 */
export function distrustKeys(stateDir: string, which: string): Promise<string[]> {
  return withTrustLock(stateDir, () => removeKeys(stateDir, which));
}

async function removeKeys(stateDir: string, which: string): Promise<string[]> {
  const { allowedSigners } = trustPlacesOf(stateDir);
  // Parsed as a whole, so that a wrong line is reported with its number.
  await readHostTrust(stateDir);
  const removed: string[] = [];
  const kept = ((await readKeys(allowedSigners)) ?? '').split('\n').filter((line) => {
    const [found] = parseAllowedSigners(line, allowedSigners);
    if (found?.key.fingerprint !== which && found?.principals !== which) return true;
    removed.push(found.key.fingerprint);
    return false;
  });
  if (removed.length > 0) await writeTrustFile(allowedSigners, kept.join('\n'));
  return removed;
}

/** Revokes a key for good, whether or not it is trusted; returns false if it is already revoked. */
export function revokeKey(
  stateDir: string,
  { fingerprint, line }: { readonly fingerprint: string; readonly line: string },
): Promise<boolean> {
  return withTrustLock(stateDir, async () => {
    const { revoked } = trustPlacesOf(stateDir);
    const text = (await readKeys(revoked)) ?? '';
    if (parseRevokedKeys(text, revoked).has(fingerprint)) return false;
    await appendLine(revoked, line);
    return true;
  });
}

async function appendLine(path: string, line: string): Promise<void> {
  const before = (await readKeys(path)) ?? '';
  const separator = before === '' || before.endsWith('\n') ? '' : '\n';
  await writeTrustFile(path, `${before}${separator}${line}\n`);
}
