import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { envValues } from '@bundle/compose';
import { ioError } from '@bundle/files';
import { defined, dotEnv } from '@bundle/format';
import type { Release } from '@bundle/host';
import { type Setting, takes, type Values, wordsOf } from '@bundle/host/settings';
import {
  type AskSetting,
  askConsent,
  askedPermissions,
  askFirst,
  type Consent,
} from '@bundle/operate';
import type { Context } from '../outcome.ts';
import type { SettingChoice } from './options/start.ts';
import { visible } from './terminal/escape.ts';
import { composeLookup } from './tools.ts';

/** Settings of the command line: those of files, and above them single ones. */
export async function givenSettings(
  { cwd, env }: Pick<Context, 'cwd' | 'env'>,
  { envFile, set }: SettingChoice,
): Promise<Values> {
  const given = new Map<string, string>();
  for (const file of envFile) {
    const path = resolve(cwd, file);
    try {
      const text = await readFile(path, 'utf8');
      for (const [name, value] of envValues(text, composeLookup(env), { file: path }))
        given.set(name, value);
    } catch (error) {
      throw ioError(error, 'reading the settings in', path, 'input-unreadable');
    }
  }
  return { ...Object.fromEntries(given), ...set };
}

/** Nobody is asked where nobody can answer. */
export function askingSettings({ askText }: Context): {
  askSetting?: AskSetting;
} {
  if (askText === undefined) return {};
  const askSetting = (setting: Setting): Promise<string> => {
    const { secret, allowed = [], several, default: value } = setting;
    const mayBeEmpty = setting.file !== dotEnv || !setting.required;
    const problemOf = (text: string): string | undefined =>
      takes(setting, text)
        ? undefined
        : `Any of ${visible(allowed.join(', '))}, with commas between.`;
    const choice = several ? { problemOf } : defined({ allowed: setting.allowed });
    return askText(settingQuestion(setting), {
      ...{ secret, mayBeEmpty, ...choice },
      ...defined({ default: value }),
    });
  };
  return { askSetting };
}

/** What `bundle import --up` lacks, settings and permissions, before it loads for minutes. */
export async function askForSettings(
  context: Context,
  options: SettingChoice,
  release: Release,
  consent: Consent,
): Promise<Values> {
  const given = await givenSettings(context, options);
  const lookup = composeLookup(context.env);
  const { askSetting } = askingSettings(context);
  const answers = await askFirst(release, given, lookup, askSetting);
  const values = { ...given, ...answers };
  await askConsent(release, await askedPermissions(release, values), consent);
  return answers;
}

function settingQuestion(setting: Setting): string {
  const { file, name, default: value } = setting;
  const place = file === dotEnv ? '' : `${visible(file)}: `;
  const words = wordsOf(setting);
  return `${place}${visible(name)}${words ? ` (${visible(words)})` : ''}${value ? ` [${visible(value)}]` : ''}:`;
}
