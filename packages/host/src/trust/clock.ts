import { z } from 'zod';
import { trustPlacesOf } from '../state-folder.ts';
import { readTrustJson, writeTrustJson } from './state-json.ts';
import { withTrustLock } from './trust-lock.ts';

const schema = z.object({ schemaVersion: z.literal(1), latest: z.iso.datetime() });

/**
 * Returns the time that key lifetimes are compared with: the current time, but never earlier than one seen before.
 * Setting the clock back makes no expired key valid again.
 */
export async function trustedNow(stateDir: string, clock = new Date()): Promise<Date> {
  const seen = await readTrustJson(trustPlacesOf(stateDir).clock, schema);
  const latest = new Date(seen?.latest ?? 0);
  return latest > clock ? latest : clock;
}

/** Remembers a time as seen. */
export async function rememberTime(stateDir: string, now: Date): Promise<void> {
  const latest = now.toISOString();
  const { clock } = trustPlacesOf(stateDir);
  await withTrustLock(stateDir, () => writeTrustJson(clock, { schemaVersion: 1, latest }));
}
