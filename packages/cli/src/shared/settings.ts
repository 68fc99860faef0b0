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
  openSettings,
} from '@bundle/operate';
import type { Context } from '../outcome.ts';
import type { SettingChoice, ValueChoice } from './options/start.ts';
import { passphrase } from './passphrase.ts';
import { visible } from './terminal/escape.ts';
import { composeLookup } from './tools.ts';

/** Settings of the command line: those of an encrypted file, above them those of env files, and above all single ones. */
export async function givenSettings(context: Context, options: SettingChoice): Promise<Values> {
  const sealed = await sealedSettings(context, options);
  return { ...sealed, ...(await fileSettings(context, options)), ...options.set };
}

/** Settings of a file that was encrypted for this host. */
async function sealedSettings(
  context: Context,
  { settings: file, identity, passphraseFile }: SettingChoice,
): Promise<Values> {
  if (file === undefined) return {};
  const identities: string[] = [];
  for (const one of identity) identities.push(...(await identitiesIn(resolve(context.cwd, one))));
  const { settings } = await openSettings(resolve(context.cwd, file), {
    identities,
    passphrase: () => passphrase(context, { passphraseFile }),
  });
  return settings;
}

/** The private keys in a file of age-keygen, which has comments besides. */
async function identitiesIn(path: string): Promise<string[]> {
  try {
    const lines = (await readFile(path, 'utf8')).split('\n').map((line) => line.trim());
    return lines.filter((line) => line !== '' && !line.startsWith('#'));
  } catch (error) {
    throw ioError(error, 'reading the private key in', path, 'input-unreadable');
  }
}

/** Settings of the env files of the command line. */
export async function fileSettings(
  { cwd, env }: Pick<Context, 'cwd' | 'env'>,
  { envFile }: ValueChoice,
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
  return Object.fromEntries(given);
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
  given: Values,
  release: Release,
  consent: Consent,
): Promise<Values> {
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
