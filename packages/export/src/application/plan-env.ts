import { join, resolve } from 'node:path';
import {
  appendLines,
  bundledValue,
  type EnvFileUse,
  envNames,
  eolOf,
  exampleEntries,
  insideProject,
  isRequired,
  lastValues,
  needsValue,
  readEnvFile,
  type Settings,
  tryInterpolate,
  type Variable,
  withoutValues,
} from '@bundle/compose';
import { readTextIfThere } from '@bundle/files';
import { BundleError, type BundleManifest, dotEnv, type LeftOut, paths } from '@bundle/format';
import type { PlannedFile, PlannedProfile, SettingsToSet } from './application.ts';
import { envExampleText, missingLines, missingName } from './env-example.ts';
import { type NamesToSet, namesToSet, variablesToSet } from './had-values.ts';
import { findExample, type OwnExample } from './own-example.ts';
import { ownFolders } from './own-folders.ts';
import type { Warning } from './warnings.ts';

export interface EnvInput {
  readonly projectDir: string;
  /** Returns the path in the bundle for a file of the project; undefined for a file outside. */
  readonly pathOf: (file: string) => string | undefined;
  readonly uses: readonly EnvFileUse[];
  readonly variables: readonly Variable[];
  /** Absolute paths of the files to pack with their values. */
  readonly withEnv: readonly string[];
  readonly profiles: readonly PlannedProfile[];
  readonly settings: Settings;
}

export interface EnvPlan {
  readonly envExample: PlannedFile;
  readonly files: readonly PlannedFile[];
  readonly envFiles: BundleManifest['envFiles'];
  readonly toSet: readonly SettingsToSet[];
  readonly leftOut: readonly LeftOut[];
  readonly warnings: readonly Warning[];
}

/** Returns the absolute path of an env file that a service names. */
export function envFilePath(
  { path }: EnvFileUse,
  { projectDir, settings }: Pick<EnvInput, 'projectDir' | 'settings'>,
): string {
  return resolve(projectDir, tryInterpolate(path, settings.lookup) ?? path);
}

/**
 * Plans env files: those of `withEnv` with their values, the others as examples without values, and env.example for
 * `.env`.
 */
export async function planEnvFiles(input: EnvInput): Promise<EnvPlan> {
  const { projectDir, uses, withEnv, settings } = input;
  const files: PlannedFile[] = [];
  const envFiles = new Map<string, string>();
  const toSet: SettingsToSet[] = [];
  const leftOut: LeftOut[] = [];
  const warnings: Warning[] = [];
  const others = new Set([...settings.files, ...uses.map((use) => envFilePath(use, input))]);
  for (const file of withEnv) files.push(await withValues(file, input));
  for (const use of uses) {
    const file = envFilePath(use, input);
    const path = input.pathOf(file);
    if (path === undefined) {
      const reason = 'an env file outside the project: it has to exist on the offline host';
      leftOut.push({ service: use.service, source: use.path, reason });
      const message = `service ${use.service} reads ${use.path}, outside the project`;
      warnings.push({ path: ['services', use.service, 'env_file'], message });
    } else if (path === dotEnv) {
      if (!use.required && (await readTextIfThere(file)) === undefined) continue;
      envFiles.set(path, paths.envExample);
    } else if (!envFiles.has(path) && !withEnv.includes(file)) {
      const text = await readTextIfThere(file);
      if (text === undefined && !use.required) continue;
      const planned = await serviceExample(path, text, file, others, input);
      envFiles.set(path, planned.file.path);
      files.push(planned.file);
      toSet.push({ path, example: planned.file.path, ...planned.names });
    }
  }
  const folders = ownFolders(input.variables, settings.lookup, input.pathOf);
  const isEnvFile = envFiles.has(dotEnv);
  const { file: envExample, names } = await dotEnvExample(input, isEnvFile, others, folders);
  // Compose has to find values there, be they only those that the bundle itself has for image names.
  const isNeeded =
    names.toFill.length > 0 ||
    folders.size > 0 ||
    input.variables.some(needsDotEnv) ||
    input.profiles.some(({ started }) => started);
  if (isNeeded) envFiles.set(dotEnv, paths.envExample);
  if (withEnv.includes(join(projectDir, dotEnv))) envFiles.delete(dotEnv);
  toSet.unshift({ path: dotEnv, example: paths.envExample, ...withoutPacked(names, input) });
  const list = [...envFiles].map(([path, example]) => {
    const names = toSet.find((one) => one.path === path)?.toFill ?? [];
    return { path, example, toFill: [...names] };
  });
  return {
    envExample,
    files,
    envFiles: list.sort((a, b) => (a.path < b.path ? -1 : 1)),
    toSet: toSet.filter(({ toFill, differing }) => toFill.length + differing.length > 0),
    leftOut,
    warnings,
  };
}

function needsDotEnv(variable: Variable): boolean {
  return isRequired(variable) || (needsValue(variable) && bundledValue(variable) !== undefined);
}

/** Returns the names for which a `.env` packed with its values has none. */
function withoutPacked(
  { toFill, differing }: NamesToSet,
  { withEnv, projectDir, settings: { fileValues } }: EnvInput,
): NamesToSet {
  if (!withEnv.includes(join(projectDir, dotEnv))) return { toFill, differing };
  const isMissing = (name: string): boolean => !fileValues.get(name);
  return { toFill: toFill.filter(isMissing), differing: differing.filter(isMissing) };
}

interface PlannedExample {
  readonly file: PlannedFile;
  readonly names: NamesToSet;
}

/**
 * Returns the project's own example byte for byte, with the lines that it lacks at the end, or one generated from the
 * variables.
 */
async function dotEnvExample(
  input: EnvInput,
  isEnvFile: boolean,
  others: ReadonlySet<string>,
  folders: ReadonlyMap<string, string>,
): Promise<PlannedExample> {
  const { projectDir, settings, profiles } = input;
  const file = join(projectDir, dotEnv);
  const text = isEnvFile ? ((await readTextIfThere(file)) ?? '') : '';
  const own = await findExample(file, others);
  const entries = exampleEntries(own?.text ?? '');
  // Compose itself gives its own ones, such as the name of the application.
  const variables = input.variables.filter(({ name }) => !isOfCompose(name));
  const toAsk = variables.filter(({ name }) => !folders.has(name));
  const ofVariables = variablesToSet(toAsk, entries, settings);
  const known = new Set(variables.map(({ name }) => name));
  const ofService = namesToSet(
    new Map(
      [...valuesOf(text, settings)].filter(([name]) => !known.has(name) && !isOfCompose(name)),
    ),
    entries,
  );
  const names = {
    toFill: [...ofVariables.toFill, ...ofService.toFill],
    differing: [...ofVariables.differing, ...ofService.differing],
  };
  const furtherNames = envNames(text).filter((name) => !isOfCompose(name));
  const toFill = new Set(names.toFill);
  const example = { variables, furtherNames, toFill, folders, profiles };
  const planned =
    own === undefined
      ? generated(paths.envExample, envExampleText(example), 'the variables of your Compose file')
      : completed(paths.envExample, own, missingLines(example, entries), projectDir);
  return { file: planned, names };
}

/**
 * Tells whether a name is a setting of Compose itself. A bundle fixes these, except the profiles, which have their own
 * lines.
 */
function isOfCompose(name: string): boolean {
  return name.startsWith('COMPOSE_');
}

/** Returns the project's own example of a service's env file, or one with the names in the file. */
async function serviceExample(
  path: string,
  text: string | undefined,
  file: string,
  others: ReadonlySet<string>,
  { projectDir, settings }: EnvInput,
): Promise<PlannedExample> {
  const example = `${path}.example`;
  const values = valuesOf(text ?? '', settings);
  const own = await findExample(file, others);
  if (own === undefined) {
    const head = text === undefined ? '# There was no such file when the bundle was made.\n' : '';
    const why = `example of ${path}, without values`;
    const planned = generated(example, `${head}${withoutValues(text ?? '')}`, why);
    return { file: planned, names: namesToSet(values, new Map()) };
  }
  const entries = exampleEntries(own.text);
  const names = namesToSet(values, entries);
  const lines = names.toFill.flatMap((name) => missingName(name, entries.get(name)));
  return { file: completed(example, own, lines, projectDir), names };
}

function valuesOf(text: string, { lookup }: Settings): Map<string, string> {
  return lastValues(readEnvFile(text, lookup).entries);
}

const sectionHead = '# ---- Added by `bundle export`: what the lines above do not say ----';

function completed(
  path: string,
  { file, text }: OwnExample,
  lines: readonly string[],
  projectDir: string,
): PlannedFile {
  const why = `your own example, ${insideProject(projectDir, file) ?? file}`;
  // A text in another encoding would not keep its bytes.
  if (lines.length === 0 || text.includes('\uFFFD')) {
    return { path, content: { file }, executable: false, why };
  }
  const whole = appendLines(text, ['', sectionHead, ...lines], eolOf(text));
  return generated(path, whole, `${why}, with what it lacks`);
}

function generated(path: string, text: string, why: string): PlannedFile {
  return { path, content: { text }, executable: false, why };
}

async function withValues(
  file: string,
  { pathOf, projectDir }: Pick<EnvInput, 'pathOf' | 'projectDir'>,
): Promise<PlannedFile> {
  const path = pathOf(file);
  const isThere = path !== undefined && (await readTextIfThere(file)) !== undefined;
  if (isThere) {
    return {
      path,
      content: { file },
      executable: false,
      why: 'requested with its values',
      hasValues: true,
    };
  }
  throw new BundleError(path === undefined ? 'file-unsafe' : 'input-unreadable', {
    operation: 'packing the env file',
    subject: file,
    expected: `a file in ${projectDir}`,
    found: path === undefined ? 'a file outside it' : 'no such file',
    hint: 'Check the path; move the file into the project folder if it lies outside.',
  });
}
