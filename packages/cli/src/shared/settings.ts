import { resolve } from 'node:path';
import { envValues } from '@bundle/compose';
import { readNamed } from '@bundle/files';
import { BundleError, defined, dotEnv, parseJson } from '@bundle/format';
import { type Setting, takes, type Values, wordsOf } from '@bundle/host/settings';
import { type AskSetting, isSshPrivateKey, openSettings } from '@bundle/operate';
import { z } from 'zod';
import type { Context } from '../outcome.ts';
import type { SettingChoice, ValueChoice } from './options/start.ts';
import { passphrase } from './passphrase.ts';
import { visible } from './terminal/escape.ts';
import { t } from './text/text.ts';
import { composeLookup } from './tools.ts';

/** Reads the settings of the command line: single ones override those of env files, which override an encrypted file. */
export async function givenSettings(context: Context, options: SettingChoice): Promise<Values> {
  const sealed = await sealedSettings(context, options);
  return { ...sealed, ...(await fileSettings(context, options)), ...options.set };
}

/** Reads the settings from a file that was encrypted for this host. */
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

/** Reads the private keys from a file of age-keygen, without its comments, or a private key of OpenSSH. */
async function identitiesIn(path: string): Promise<string[]> {
  const text = (await readNamed(path, 'reading the private key in')).toString('utf8');
  if (isSshPrivateKey(text)) return [text];
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

const settingsSchema = z.record(z.string(), z.string());

/** Reads the settings from the files of the command line: env files, or JSON that has `FILE:NAME` too. */
export async function fileSettings(
  { cwd, env }: Pick<Context, 'cwd' | 'env'>,
  { envFile }: ValueChoice,
): Promise<Values> {
  const given = new Map<string, string>();
  for (const file of envFile) {
    const path = resolve(cwd, file);
    const bytes = await readNamed(path, 'reading the settings in');
    const found = path.endsWith('.json')
      ? jsonSettings(path, bytes)
      : envValues(bytes.toString(), composeLookup(env), { file: path });
    for (const [name, value] of found) given.set(name, value);
  }
  return Object.fromEntries(given);
}

function jsonSettings(path: string, bytes: Buffer): [string, string][] {
  try {
    return Object.entries(settingsSchema.parse(parseJson(bytes)));
  } catch (error) {
    throw new BundleError('input-unreadable', {
      operation: 'reading the settings in',
      subject: path,
      expected: '{"NAME": "VALUE", "FILE:NAME": "VALUE"}',
      // Not a word of the file itself: it has secrets.
      found: error instanceof z.ZodError ? 'another form' : 'no JSON',
      hint: 'Correct the file, then run the command again.',
      cause: error,
    });
  }
}

/** Returns the function that asks for settings; undefined where nobody can answer. */
export function askingSettings({ askText }: Context): {
  askSetting?: AskSetting;
} {
  if (askText === undefined) return {};
  const askSetting = (setting: Setting): Promise<string> => {
    const { secret, allowed = [], several, default: value } = setting;
    const mayBeEmpty = setting.file !== dotEnv || !setting.required;
    const list = visible(allowed.join(', '));
    const problemOf = (text: string): string | undefined =>
      takes(setting, text)
        ? undefined
        : several
          ? t`Any of ${list}, with commas between.`
          : t`One of ${list}.`;
    // A numbered list of numbers would have two numbers on each line.
    const isTyped = several || allowed.some((value) => /^\d+$/.test(value));
    const choice = isTyped ? { problemOf } : defined({ allowed: setting.allowed });
    return askText(settingQuestion(setting), {
      ...{ secret, mayBeEmpty, ...choice },
      ...defined({ default: value }),
    });
  };
  return { askSetting };
}

function settingQuestion(setting: Setting): string {
  const { file, name, default: value } = setting;
  const place = file === dotEnv ? '' : `${visible(file)}: `;
  const words = wordsOf(setting);
  return `${place}${visible(name)}${words ? ` (${visible(words)})` : ''}${value ? ` [${visible(value)}]` : ''}:`;
}
