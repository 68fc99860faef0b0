import type { Lookup } from '@bundle/compose';
import type { Release } from '@bundle/host';
import { planIncoming, type Values } from '@bundle/host/settings';
import { type AskSetting, answerSettings } from '../settings/answers.ts';

/**
 * What the start of a release will need and has no value, asked for before its images are loaded, which may take minutes.
 * Fails with `settings-missing` where nobody answers.
 */
export async function askFirst(
  incoming: Release,
  given: Values,
  lookup: Lookup,
  ask: AskSetting | undefined,
): Promise<Values> {
  const plan = (values: Values) => planIncoming(incoming, values, lookup);
  const { answers } = await answerSettings(incoming, plan, given, ask);
  return answers;
}
