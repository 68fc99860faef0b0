import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError, replaceFile } from '@bundle/files';
import { BundleError, dotEnv, packedDotEnv, paths } from '@bundle/format';
import { parseYamlDocument } from '@bundle/format/yaml';
import type { Release } from '@bundle/host';
import {
  carriedOver,
  checkSettings,
  compareSettings,
  envValues,
  type Setting,
  type SettingsChange,
  settingsOf,
  type Values,
  withValues,
} from './settings.ts';

/** A file that the start of a release needs and that is not in its bundle. */
export interface SettingsFile {
  readonly path: string;
  readonly text: string;
  readonly origin: 'kept' | 'carried over' | 'made from its example';
}

export interface SettingsPlan {
  readonly settings: readonly Setting[];
  readonly values: Values;
  /** Those of them that were asked for. */
  readonly answers: Values;
  /** Files to write; what is there as it should be is not among them. */
  readonly files: readonly SettingsFile[];
  readonly change: SettingsChange;
  /** Names whose values differ from those that run now. */
  readonly differing: readonly string[];
}

/** What is needed of a release, whether it is staged or still in its bundle. */
export type SettingsSource = Pick<Release, 'name' | 'manifest' | 'read'>;

/** Settings of a release as its Compose file and env.example describe them. */
async function readSettings({ read }: SettingsSource): Promise<Setting[]> {
  const { value } = parseYamlDocument((await read(paths.compose)) ?? '', paths.compose);
  return settingsOf(value, (await read(paths.envExample)) ?? '');
}

/**
 * What the env files of a release should be: its own where it ran before, else those of the release that runs, else
 * made from the examples; `given` values on top. Where a release that never ran brings a `.env`, what the operator set in
 * the one that runs wins over it, and everything else is as it was packed. Settings without a value are asked for, or fail with `settings-missing`.
 */
export async function planSettings(
  target: SettingsSource,
  running: SettingsSource | undefined,
  given: Values,
  ask: ((setting: Setting) => Promise<string>) | undefined,
  ranBefore = false,
): Promise<SettingsPlan> {
  const settings = await readSettings(target);
  const unknown = Object.keys(given).filter((name) => !settings.some((one) => one.name === name));
  if (unknown.length > 0) throw unknownNames(target, unknown, settings);
  const change = compareSettings(
    running === undefined || running.name === target.name ? settings : await readSettings(running),
    settings,
  );
  const own = await target.read(dotEnv);
  const before = await running?.read(dotEnv);
  const isFresh = !ranBefore && own !== undefined && own === (await packedEnv(target));
  const edited = isFresh && running !== undefined ? await editedValues(running, before) : undefined;
  const base =
    edited === undefined || own === undefined
      ? await envBase(target, own, before, change)
      : withValues(own, edited);
  const answers = await fillIn(target, settings, { ...envValues(base), ...given }, ask);
  const text = withValues(base, { ...given, ...answers });
  const values = envValues(text);
  const isNeeded = own !== undefined || before !== undefined || settings.length > 0;
  const origin =
    edited !== undefined
      ? 'carried over'
      : own !== undefined
        ? 'kept'
        : before !== undefined
          ? 'carried over'
          : 'made from its example';
  const files = await otherFiles(target, running);
  if (isNeeded && text !== own) files.unshift({ path: dotEnv, text, origin });
  const now = envValues(before ?? '');
  const differing = settings
    .map(({ name }) => name)
    .filter((name) => before !== undefined && (values[name] ?? '') !== (now[name] ?? ''));
  return { settings, values, answers, files, change, differing };
}

/** A `.env` as its bundle had it; undefined where it had none, or where that cannot be told any more. */
async function packedEnv({ manifest, read }: SettingsSource): Promise<string | undefined> {
  const listed = manifest.files.find(({ path }) => path === dotEnv);
  if (listed === undefined) return undefined;
  const copy = await read(packedDotEnv);
  if (copy !== undefined) return copy;
  // It has no copy while it is still in its bundle, and where an older command staged it.
  const own = await read(dotEnv);
  const digest = createHash('sha256')
    .update(own ?? '')
    .digest('hex');
  return digest === listed.sha256 ? own : undefined;
}

/** What the operator set or changed; all of it where the release came without values. */
async function editedValues(
  running: SettingsSource,
  before: string | undefined,
): Promise<Values | undefined> {
  if (before === undefined) return undefined;
  const packed = envValues((await packedEnv(running)) ?? '');
  const edited = Object.entries(envValues(before)).filter(
    ([name, value]) => packed[name] !== value,
  );
  return edited.length === 0 ? undefined : Object.fromEntries(edited);
}

async function envBase(
  { read, manifest }: SettingsSource,
  own: string | undefined,
  before: string | undefined,
  { added }: SettingsChange,
): Promise<string> {
  if (own !== undefined) return own;
  if (before !== undefined) return carriedOver(before, added, manifest.version);
  return (await read(paths.envExample)) ?? '';
}

/** Values for what is missing, from the terminal. */
async function fillIn(
  release: SettingsSource,
  settings: readonly Setting[],
  values: Values,
  ask: ((setting: Setting) => Promise<string>) | undefined,
): Promise<Values> {
  const { missing, invalid } = checkSettings(settings, values);
  if (missing.length + invalid.length === 0) return {};
  const wanting = [...missing, ...invalid.map(({ setting }) => setting)];
  if (ask === undefined) throw wantingError(release, missing, invalid);
  const answers: Record<string, string> = {};
  for (const setting of wanting) answers[setting.name] = await ask(setting);
  const still = checkSettings(settings, { ...values, ...answers });
  if (still.missing.length + still.invalid.length > 0) {
    throw wantingError(release, still.missing, still.invalid);
  }
  return answers;
}

/** Env files of services: kept, carried over, or made from the examples. */
async function otherFiles(
  target: SettingsSource,
  running: SettingsSource | undefined,
): Promise<SettingsFile[]> {
  const files: SettingsFile[] = [];
  for (const { path, example } of target.manifest.envFiles) {
    if (path === dotEnv) continue;
    if ((await target.read(path)) !== undefined) continue;
    const before = await running?.read(path);
    const text = before ?? (await target.read(example)) ?? '';
    files.push({
      path,
      text,
      origin: before === undefined ? 'made from its example' : 'carried over',
    });
  }
  return files;
}

/**
 * Writes env files, readable for their owner only. What comes back puts those that were there in their place again, until
 * something was started with the new ones.
 */
export async function writeSettings(
  { folder, read }: Release,
  files: readonly SettingsFile[],
): Promise<() => Promise<void>> {
  const earlier = new Map<string, string | undefined>();
  const putBack = async (): Promise<void> => {
    for (const [path, text] of earlier) {
      const file = join(folder, path);
      if (text === undefined) await rm(file, { force: true });
      else await writePrivate(file, text);
    }
  };
  try {
    for (const { path, text } of files) {
      earlier.set(path, await read(path));
      await writePrivate(join(folder, path), text);
    }
  } catch (error) {
    await putBack();
    throw error;
  }
  return putBack;
}

export async function writePrivate(
  path: string,
  text: string | Buffer,
  mode = 0o600,
): Promise<void> {
  try {
    await replaceFile(path, text, mode);
  } catch (error) {
    throw ioError(error, 'writing', path, 'state-unwritable');
  }
}

function wantingError(
  { manifest }: SettingsSource,
  missing: readonly Setting[],
  invalid: readonly { setting: Setting; value: string }[],
): BundleError {
  const [first] = [...missing, ...invalid.map(({ setting }) => setting)];
  return new BundleError('settings-missing', {
    operation: 'reading the settings of',
    subject: `${manifest.product} ${manifest.version}`,
    expected: [...missing.map(needed), ...invalid.map(({ setting }) => needed(setting))].join('\n'),
    found: [
      ...missing.map(({ name }) => `${name} has no value`),
      ...invalid.map(
        ({ setting: { name, secret }, value }) => `${name} is ${secret ? 'another' : value}`,
      ),
    ].join('\n'),
    hint: `Give them with --set ${first?.name ?? 'NAME'}=VALUE, or --env-file FILE. Nothing was started or stopped.`,
  });
}

function needed({ name, message, allowed }: Setting): string {
  if (allowed !== undefined) return `${name}: one of ${allowed.join(', ')}`;
  return `${name}: ${message ?? 'a value'}`;
}

function unknownNames(
  { manifest }: SettingsSource,
  names: readonly string[],
  settings: readonly Setting[],
): BundleError {
  return new BundleError('usage', {
    operation: 'reading the settings given for',
    subject: `${manifest.product} ${manifest.version}`,
    expected: settings.map(({ name }) => name).join(', ') || 'none: this release has no settings',
    found: names.join(', '),
    hint: 'Mend --set or --env-file: these are no settings of this release.',
  });
}
