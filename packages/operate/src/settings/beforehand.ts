import {
  keyOf,
  placeGiven,
  planSettings,
  type SettingsSource,
  type Values,
} from '@bundle/host/settings';
import { type AskSetting, answerSettings } from './answers.ts';

/** Values that are at hand before a release reaches its host. */
export interface AtHand {
  /** Of env files of the source side: what is no setting of the release does not count. */
  readonly files: Values;
  /** Of single settings. Fails with `usage` for what no setting is called. */
  readonly set: Values;
}

/**
 * Collects the settings of a release before it reaches its host: what is at hand, and for what lacks a value an answer. They
 * come back by their keys. Fails with `settings-missing` where nobody answers.
 */
export async function answerBeforehand(
  release: SettingsSource,
  { files, set }: AtHand,
  ask: AskSetting | undefined,
): Promise<Values> {
  const sources = {
    target: release,
    running: undefined,
    ranBefore: false,
    lookup: () => undefined,
  };
  const plan = (given: Values) => planSettings(sources, given);
  const { settings } = await plan({});
  const names = new Set(settings.flatMap((setting) => [setting.name, keyOf(setting)]));
  const known = Object.entries(files).filter(([name]) => names.has(name));
  const given = { ...Object.fromEntries(known), ...set };
  const { answers } = await answerSettings(release, plan, given, ask);
  return { ...placeGiven(release, given, settings), ...answers };
}
