import { type Release, readInstance } from '@bundle/host';
import type { Setting, Values } from '../settings/settings.ts';
import { planSettings } from '../settings/settings-files.ts';

/**
 * What the start of a release will need and has no value, asked for before its images are loaded, which may take minutes.
 * Fails with `settings-missing` where nobody answers.
 */
export async function askFirst(
  incoming: Release,
  given: Values,
  ask: ((setting: Setting) => Promise<string>) | undefined,
): Promise<Values> {
  const state = await readInstance(incoming.instance);
  const staged = state.releases.find(({ name }) => name === incoming.name);
  const running = state.releases.find(({ name }) => name === state.journal?.running?.release);
  const { answers } = await planSettings(staged ?? incoming, running, given, ask);
  return answers;
}
