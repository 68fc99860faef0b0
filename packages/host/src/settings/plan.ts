import { editEnvFile, envValues, type Lookup, lastValues, readEnvFile } from '@bundle/compose';
import { dotEnv, paths } from '@bundle/format';
import { parseYamlDocument } from '@bundle/format/yaml';
import { readInstance } from '../instance.ts';
import type { Release } from '../release.ts';
import { placeGiven } from './given.ts';
import { type BaseFile, baseFile, type Releases, type SettingsSource } from './plan-file.ts';
import {
  bundledValues,
  checkSettings,
  compareSettings,
  keyOf,
  type Setting,
  type SettingsChange,
  type SettingsProblems,
  settingsOf,
  settingsOfFile,
  type Values,
} from './setting.ts';

export type { Releases, SettingsSource } from './plan-file.ts';

/** A file that is needed to start a release but is not in its bundle. */
export interface SettingsFile {
  readonly path: string;
  readonly text: string;
  readonly origin: BaseFile['origin'];
}

export interface SettingsPlan {
  /** Settings of all env files. */
  readonly settings: readonly Setting[];
  /** Values of `.env` by name, which are substituted into the Compose file. */
  readonly values: Values;
  /** Problems that prevent the start until somebody gives a value. */
  readonly problems: SettingsProblems;
  /** Settings to ask for where somebody can answer, although they may have a value. */
  readonly toAsk: readonly Setting[];
  /** Files to write; those that are already as they should be are left out. */
  readonly files: readonly SettingsFile[];
  readonly change: SettingsChange;
  /** Keys of settings whose values differ from those in use. */
  readonly differing: readonly string[];
}

/**
 * Decides the contents of a release’s env files, with `given` values on top, and which settings still lack a value.
 * Both a start and a preflight use this plan. Fails with `usage` for names that match no setting, and with
 * `compose-invalid` for a file that Compose refuses.
 */
export async function planSettings(releases: Releases, given: Values): Promise<SettingsPlan> {
  const { target, running } = releases;
  const settings = await readSettings(target);
  const placed = placeGiven(target, given, settings);
  const isOther = running !== undefined && running.name !== target.name;
  const change = compareSettings(isOther ? await readSettings(running) : settings, settings);
  const files: SettingsFile[] = [];
  const known: Record<string, string> = {};
  const differing: string[] = [];
  const toAsk: Setting[] = [];
  let values: Values = {};
  for (const { path, example } of envFilesOf(target)) {
    const ofFile = settings.filter(({ file }) => file === path);
    const added = change.added.filter(({ file }) => file === path);
    const base = await baseFile(releases, path, example, added);
    const changes = new Map(
      ofFile.flatMap((setting): [string, string][] => {
        const value = placed[keyOf(setting)];
        return value === undefined ? [] : [[setting.name, value]];
      }),
    );
    const file = `${path} of ${target.name}`;
    const own = path === dotEnv ? await bundledValuesOf(target, base.text, releases.lookup) : [];
    const all = new Map([...own, ...changes]);
    const text = editEnvFile(base.text, all, { file, replaceComments: true });
    const lookup = withDotEnv(releases.lookup, values);
    const now = envValues(text, lookup, { file });
    if (path === dotEnv) values = Object.fromEntries(now);
    Object.assign(known, knownValues(path, ofFile, base, now, changes, added));
    differing.push(...differingKeys(ofFile, base, now, lookup));
    const isThere = base.own !== undefined || base.running !== undefined;
    const fresh = isThere ? added : ofFile;
    toAsk.push(...fresh.filter(({ name, asked }) => asked && !changes.has(name)));
    const isNeeded = path !== dotEnv || isThere || ofFile.length > 0 || now.size > 0;
    if (isNeeded && text !== base.own) files.push({ path, text, origin: base.origin });
  }
  const problems = checkSettings(settings, known);
  return { settings, values, problems, toAsk, files, change, differing };
}

/** Makes the same plan for a release that is imported, or about to be, from the state folder. */
export async function planIncoming(
  incoming: Release,
  given: Values,
  lookup: Lookup,
): Promise<SettingsPlan> {
  const { releases, journal } = await readInstance(incoming.instance);
  const target = releases.find(({ name }) => name === incoming.name) ?? incoming;
  const running = releases.find(({ name }) => name === journal?.running?.release);
  const ranBefore = journal?.history.some(({ release }) => release === target.name) === true;
  return planSettings({ target, running, ranBefore, lookup }, given);
}

/** What Compose has to read although nobody sets it. */
async function bundledValuesOf(
  release: SettingsSource,
  text: string,
  lookup: Lookup,
): Promise<Map<string, string>> {
  const values = lastValues(readEnvFile(text, lookup).entries);
  return bundledValues(await composeDocument(release), values);
}

async function composeDocument({ read }: SettingsSource): Promise<unknown> {
  return parseYamlDocument((await read(paths.compose)) ?? '', paths.compose).value;
}

/** Lists the settings of a release from its Compose file and the examples of its env files. */
async function readSettings(release: SettingsSource): Promise<Setting[]> {
  const value = await composeDocument(release);
  const settings: Setting[][] = [];
  for (const { path, example } of envFilesOf(release)) {
    const text = (await release.read(example)) ?? '';
    settings.push(path === dotEnv ? settingsOf(value, text) : settingsOfFile(path, text));
  }
  return settings.flat();
}

/** Lists the env files of a release with their examples, `.env` first. */
function envFilesOf({ manifest }: SettingsSource): { path: string; example: string }[] {
  const others = manifest.envFiles.filter(({ path }) => path !== dotEnv);
  return [{ path: dotEnv, example: paths.envExample }, ...others];
}

/**
 * Returns the values that count as given, by key: everything in `.env`; in other files everything except values that
 * are empty only because their example is, or because a new release added the name.
 */
function knownValues(
  path: string,
  settings: readonly Setting[],
  base: BaseFile,
  now: ReadonlyMap<string, string>,
  changes: ReadonlyMap<string, string>,
  added: readonly Setting[],
): Values {
  const isBlank = ({ name }: Setting): boolean =>
    path !== dotEnv &&
    !changes.has(name) &&
    now.get(name) === '' &&
    (base.origin === 'made from its example' || added.some((one) => one.name === name));
  return Object.fromEntries(
    settings.flatMap((setting) => {
      const value = now.get(setting.name) ?? (path === dotEnv ? undefined : '');
      return value === undefined || isBlank(setting) ? [] : [[keyOf(setting), value]];
    }),
  );
}

function differingKeys(
  settings: readonly Setting[],
  { running }: BaseFile,
  now: ReadonlyMap<string, string>,
  lookup: Lookup,
): string[] {
  if (running === undefined) return [];
  const before = envValues(running, lookup);
  return settings
    .filter(({ name }) => (now.get(name) ?? '') !== (before.get(name) ?? ''))
    .map(keyOf);
}

/** Variables of `.env` may be used in a file that a service reads. */
function withDotEnv(lookup: Lookup, values: Values): Lookup {
  return (name) => lookup(name) ?? values[name];
}
