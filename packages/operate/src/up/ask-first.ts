import type { Lookup } from '@bundle/compose';
import type { Release } from '@bundle/host';
import { planIncoming, type Values } from '@bundle/host/settings';
import { type AskSetting, answerSettings } from '../settings/answers.ts';

/**
 * Asks for settings without a value that a start will need, before the images are loaded, which may take minutes. Fails
 * with `settings-missing` if nobody answers.
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
