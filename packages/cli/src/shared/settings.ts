import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ioError } from '@bundle/files';
import type { Release } from '@bundle/host';
import {
  askConsent,
  askedPermissions,
  askFirst,
  type Consent,
  envValues,
  type Setting,
} from '@bundle/operate';
import type { Context } from '../outcome.ts';
import type { SettingChoice } from './options/start.ts';
import { visible } from './terminal/escape.ts';

/** Settings of the command line: those of files, and above them single ones. */
export async function givenSettings(
  { cwd }: Context,
  { envFile, set }: SettingChoice,
): Promise<Record<string, string>> {
  const given: Record<string, string> = {};
  for (const file of envFile) {
    const path = resolve(cwd, file);
    try {
      Object.assign(given, envValues(await readFile(path, 'utf8')));
    } catch (error) {
      throw ioError(error, 'reading the settings in', path, 'input-unreadable');
    }
  }
  return { ...given, ...set };
}

/** Nobody is asked where nobody can answer. */
export function askingSettings({ askText }: Context): {
  askSetting?: (setting: Setting) => Promise<string>;
} {
  if (askText === undefined) return {};
  return { askSetting: (setting) => askText(settingQuestion(setting), setting) };
}

/** What `bundle import --up` lacks, settings and permissions, before it loads for minutes. */
export async function askForSettings(
  context: Context,
  options: SettingChoice,
  release: Release,
  consent: Consent,
): Promise<Readonly<Record<string, string>>> {
  const given = await givenSettings(context, options);
  const answers = await askFirst(release, given, askingSettings(context).askSetting);
  const values = { ...given, ...answers };
  await askConsent(release, await askedPermissions(release, values), consent);
  return answers;
}

function settingQuestion({ name, message, description, default: value }: Setting): string {
  const words =
    message ?? description.filter((line) => !/^(used in|required)/i.test(line)).join(' ');
  return `${visible(name)}${words ? ` (${visible(words)})` : ''}${value ? ` [${visible(value)}]` : ''}:`;
}
