import { readTextIfThere } from '@bundle/files';
import { defined, limits } from '@bundle/format';
import type { TrustedKey } from '@bundle/trust';
import type { SignaturePolicy } from '@bundle/verify';
import { z } from 'zod';
import { trustPlacesOf } from '../state-folder.ts';
import { trustedNow } from './clock.ts';
import { readTrustJson, writeTrustJson } from './state-json.ts';
import { withTrustLock } from './trust-lock.ts';

const schema = z.object({ schemaVersion: z.literal(1), signers: z.number().int().min(0).max(99) });

/** Which signers’ bundles this host accepts. */
export interface HostTrust extends SignaturePolicy {
  /** Absent if this host has never trusted a key. */
  readonly trusted?: readonly TrustedKey[];
  readonly revoked: ReadonlySet<string>;
}

/**
 * Reads which signers’ bundles this host accepts. If keys are trusted and no number is set, one of them has to sign.
 * Fails with `trust-invalid`: an unreadable policy forbids everything.
 */
export async function readHostTrust(stateDir: string): Promise<HostTrust> {
  const places = trustPlacesOf(stateDir);
  const [{ trusted, revoked }, policy, now] = await Promise.all([
    readTrustedKeys(places),
    readTrustJson(places.policy, schema),
    trustedNow(stateDir),
  ]);
  const signers = policy?.signers;
  return {
    ...defined({ trusted: trusted ?? (signers ? [] : undefined) }),
    revoked,
    required: signers ?? (trusted === undefined ? 0 : 1),
    now,
  };
}

/** Loads what reads keys only if there are any, because that takes milliseconds. */
async function readTrustedKeys(
  places: ReturnType<typeof trustPlacesOf>,
): Promise<Pick<HostTrust, 'trusted' | 'revoked'>> {
  const [trusted, revoked] = await Promise.all([
    readKeys(places.allowedSigners),
    readKeys(places.revoked),
  ]);
  if (trusted === undefined && revoked === undefined) return { revoked: new Set() };
  const { parseAllowedSigners, parseRevokedKeys } = await import('@bundle/trust');
  return {
    ...(trusted === undefined
      ? {}
      : { trusted: parseAllowedSigners(trusted, places.allowedSigners) }),
    revoked: parseRevokedKeys(revoked ?? '', places.revoked),
  };
}

/** Sets how many signers a bundle needs on this host; 0 accepts unsigned bundles. */
export async function requireSigners(stateDir: string, signers: number): Promise<void> {
  await withTrustLock(stateDir, () => writePolicy(stateDir, signers));
}

/** The same for a caller that holds the lock of this host's trust. */
export async function writePolicy(stateDir: string, signers: number): Promise<void> {
  await writeTrustJson(trustPlacesOf(stateDir).policy, { schemaVersion: 1, signers });
}

/** Reads a list of keys; undefined where there is none. */
export function readKeys(path: string): Promise<string | undefined> {
  return readTextIfThere(path, { maxBytes: limits.maxTrustFileBytes, code: 'trust-invalid' });
}
