import { BundleError } from '@bundle/format';
import {
  keyOf,
  type Setting,
  type SettingsPlan,
  type SettingsProblems,
  type SettingsSource,
  type Values,
  wordsOf,
} from '@bundle/host/settings';

/** Asks for the value of a setting. */
export type AskSetting = (setting: Setting) => Promise<string>;

export interface Answered {
  readonly plan: SettingsPlan;
  /** Answers by the keys of the settings. */
  readonly answers: Values;
}

/**
 * Completes a plan with answers from the user, for settings without a value and for those that a first start asks for.
 * `plan` makes a plan for given values. Fails with `settings-missing` if nobody answers, or an answer is not valid.
 */
export async function answerSettings(
  { manifest }: SettingsSource,
  plan: (given: Values) => Promise<SettingsPlan>,
  given: Values,
  ask: AskSetting | undefined,
): Promise<Answered> {
  const first = await plan(given);
  const wanting = wantingOf(first.problems);
  const subject = `${manifest.product} ${manifest.version}`;
  if (ask === undefined && wanting.length > 0) throw missingError(subject, first.problems);
  const toAsk = new Set(ask === undefined ? [] : [...wanting, ...first.toAsk]);
  if (ask === undefined || toAsk.size === 0) return { plan: first, answers: {} };
  const answers: Record<string, string> = {};
  for (const setting of toAsk) answers[keyOf(setting)] = await ask(setting);
  const next = await plan({ ...given, ...answers });
  if (wantingOf(next.problems).length > 0) throw missingError(subject, next.problems);
  return { plan: next, answers };
}

/** Lists the settings that need a value, or another one. */
export function wantingOf({ missing, invalid }: SettingsProblems): Setting[] {
  return [...missing, ...invalid.map(({ setting }) => setting)];
}

function missingError(subject: string, problems: SettingsProblems): BundleError {
  const wanting = wantingOf(problems);
  return new BundleError('settings-missing', {
    operation: 'reading the settings of',
    subject,
    expected: wanting.map(needed).join('\n'),
    found: [
      ...problems.missing.map((setting) => `${keyOf(setting)} has no value`),
      ...problems.invalid.map(
        ({ setting, value }) => `${keyOf(setting)} is ${setting.secret ? 'another value' : value}`,
      ),
    ].join('\n'),
    hint: `Set them with ${wanting.map((setting) => `--set ${keyOf(setting)}=VALUE`).join(' ')}, or --env-file FILE. Nothing was started or stopped.`,
  });
}

function needed(setting: Setting): string {
  const { allowed, several } = setting;
  const kind = several ? 'any of' : 'one of';
  if (allowed !== undefined) return `${keyOf(setting)}: ${kind} ${allowed.join(', ')}`;
  return `${keyOf(setting)}: ${wordsOf(setting) || 'a value'}`;
}
