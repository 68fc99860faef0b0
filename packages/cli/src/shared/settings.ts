import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ioError } from '@bundle/files';
import type { IncomingRelease } from '@bundle/import';
import { askFirst, envValues, type Setting } from '@bundle/operate';
import type { Context } from '../outcome.ts';
import { stateFolder } from './folders.ts';
import type { StateChoice } from './options/host.ts';
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

/** What `bundle import --up` lacks, before it loads for minutes. */
export async function askForSettings(
  context: Context,
  options: SettingChoice & StateChoice,
  release: IncomingRelease,
): Promise<Readonly<Record<string, string>>> {
  const folder = stateFolder(options.stateDir, context);
  const given = await givenSettings(context, options);
  return askFirst(folder, release, given, askingSettings(context).askSetting);
}

function settingQuestion({ name, message, description, default: value }: Setting): string {
  const words =
    message ?? description.filter((line) => !/^(used in|required)/i.test(line)).join(' ');
  return `${visible(name)}${words ? ` (${visible(words)})` : ''}${value ? ` [${visible(value)}]` : ''}:`;
}
