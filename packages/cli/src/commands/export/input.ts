import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { findComposeFiles } from '@bundle/compose';
import {
  type ApplicationOptions,
  isSpec,
  type RebuildChoice,
  readSpec,
  withListPaths,
} from '@bundle/export';
import { isThere } from '@bundle/files';
import type {
  BundleSpec,
  CarriedPackages,
  Environment,
  Platform,
  PullPolicy,
} from '@bundle/format';
import { defined, parsePlatforms } from '@bundle/format';
import { usageError } from '../../usage.ts';

/** Values of the flags of `bundle export`; each that was typed overrides the same field of a spec. */
export interface ExportFlags {
  /** Names of the flags that nobody typed: their values come from a configuration file. */
  readonly configured?: ReadonlySet<string> | undefined;
  readonly file?: readonly string[] | undefined;
  readonly product?: string | undefined;
  readonly releaseVersion?: string | undefined;
  readonly channel?: string | undefined;
  readonly sequence?: number | undefined;
  readonly platform?: readonly Platform[] | 'all' | undefined;
  readonly pull?: PullPolicy | undefined;
  readonly build?: boolean | undefined;
  readonly rebuild?: RebuildChoice | undefined;
  readonly withSource?: boolean | undefined;
  readonly profile?: readonly string[] | undefined;
  readonly withEnv?: readonly string[] | undefined;
  readonly projectRoot?: string | undefined;
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly allowPrivateKeys?: boolean | undefined;
  readonly allowSecret?: readonly string[] | undefined;
}

export interface ExportInput {
  readonly application: ApplicationOptions;
  readonly version: string | undefined;
  readonly channel: string | undefined;
  readonly sequence: number | undefined;
  /** Default: the platform of the engine or, for a source, of this machine. */
  readonly platform: readonly Platform[] | 'all' | undefined;
  readonly pull: PullPolicy;
  readonly build: boolean;
  /** Whether to pack what rebuilds without a network need. */
  readonly rebuild: RebuildChoice;
  readonly withSource: boolean;
  readonly packages?: CarriedPackages | undefined;
  /** Private keys that may be packed: all, or those at or below absolute paths. */
  readonly privateKeys: true | readonly string[];
  /** Secrets that may be packed: names of findings, files or folders. */
  readonly allowSecrets: readonly string[];
  /** What the spec says for the papers of the bundle. */
  readonly papers: Pick<BundleSpec, 'language' | 'title' | 'contact' | 'notes'>;
  /** Variables of the environment in which Compose reads the application, besides those that are set. */
  readonly environment: Environment;
}

/**
 * Finds what to pack: the Compose file, folder or spec that is named, several Compose files in the order of merging, else
 * the current folder's Compose file.
 */
export async function readExportInput(
  target: string | undefined,
  flags: ExportFlags,
  cwd: string,
  env: Environment,
): Promise<ExportInput> {
  const { file: files = [] } = flags;
  if (target !== undefined && files.length > 0) {
    throw usageError(
      'the command line',
      'one place that names Compose files',
      `${target} and --file`,
    );
  }
  if (files.length > 1) {
    return mergeInput(
      files.map((file) => resolve(cwd, file)),
      flags,
      cwd,
    );
  }
  const path = resolve(cwd, target ?? files[0] ?? '.');
  if (await isFolder(path)) {
    const found = mergeInput(await findComposeFiles(path, env), flags, cwd);
    return { ...found, environment: await environmentOf(path, found, env) };
  }
  return (await isSpec(path))
    ? mergeSpec(path, await readSpec(path), flags, cwd)
    : mergeInput([path], flags, cwd);
}

/** Where COMPOSE_FILE leads to another folder, Compose reads the `.env` of both, and the values of the first win. */
async function environmentOf(
  folder: string,
  { application: { composeFiles } }: ExportInput,
  env: Environment,
): Promise<Environment> {
  const project = dirname(composeFiles[0] ?? '.');
  if (project === folder || env['COMPOSE_ENV_FILES']) return {};
  const files: string[] = [];
  for (const file of [join(project, '.env'), join(folder, '.env')]) {
    if (await isThere(file)) files.push(file);
  }
  return files.length === 0 ? {} : { COMPOSE_ENV_FILES: files.join(',') };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // The code that reads the file reports the error.
    return false;
  }
}

function mergeInput(composeFiles: readonly string[], flags: ExportFlags, cwd: string): ExportInput {
  const { profile, product } = flags;
  return {
    application: {
      composeFiles,
      ...defined({ profiles: profile, product }),
      extraImages: [],
      extraFiles: [],
      withEnv: (flags.withEnv ?? []).map((path) => resolve(cwd, path)),
      include: (flags.include ?? []).map((path) => resolve(cwd, path)),
      exclude: (flags.exclude ?? []).map((path) => resolve(cwd, path)),
      ...defined({
        projectRoot: flags.projectRoot === undefined ? undefined : resolve(cwd, flags.projectRoot),
      }),
    },
    version: flags.releaseVersion,
    channel: flags.channel,
    sequence: flags.sequence,
    platform: flags.platform,
    pull: flags.pull ?? 'missing',
    build: flags.build ?? false,
    rebuild: flags.rebuild ?? true,
    withSource: flags.withSource ?? false,
    privateKeys: flags.allowPrivateKeys === true ? true : [],
    allowSecrets: flags.allowSecret ?? [],
    papers: {},
    environment: {},
  };
}

/**
 * Merges flags and spec; flags that were typed win over the spec, and the spec over configured ones. Paths in flags are
 * relative to the current folder, paths in a spec to the folder of the spec.
 */
export function mergeSpec(
  file: string,
  spec: BundleSpec,
  flags: ExportFlags,
  cwd: string,
): ExportInput {
  const inSpec = (paths: readonly string[] = []): string[] =>
    paths.map((path) => resolve(dirname(file), path));
  const platform = spec.platform === undefined ? undefined : parsePlatforms(spec.platform);
  const either = <Name extends keyof ExportFlags>(
    name: Name,
    ofSpec: ExportFlags[Name],
  ): ExportFlags[Name] =>
    flags.configured?.has(name) === true ? (ofSpec ?? flags[name]) : (flags[name] ?? ofSpec);
  const merged = mergeInput(
    inSpec([spec.compose].flat()),
    {
      product: either('product', spec.product),
      releaseVersion: either('releaseVersion', spec.version),
      channel: either('channel', spec.channel),
      sequence: either('sequence', spec.sequence),
      platform: either('platform', platform),
      pull: either('pull', spec.pull),
      build: either('build', spec.build),
      rebuild: either('rebuild', spec.rebuild),
      withSource: either('withSource', spec.withSource),
      profile: either('profile', spec.profiles),
      withEnv: [
        ...inSpec(spec.withEnv),
        ...(flags.withEnv ?? []).map((path) => resolve(cwd, path)),
      ],
      include: [
        ...inSpec(spec.include),
        ...(flags.include ?? []).map((path) => resolve(cwd, path)),
      ],
      exclude: [
        ...inSpec(spec.exclude),
        ...(flags.exclude ?? []).map((path) => resolve(cwd, path)),
      ],
      projectRoot: either(
        'projectRoot',
        spec.projectRoot && resolve(dirname(file), spec.projectRoot),
      ),
      allowPrivateKeys: flags.allowPrivateKeys,
      allowSecret: [...(spec.allowSecrets ?? []), ...(flags.allowSecret ?? [])],
    },
    cwd,
  );
  const { images: extraImages = [], files: extraFiles = [] } = spec;
  const { privateKeys = [], language, title, contact, notes } = spec;
  return {
    ...merged,
    packages: spec.packages && withListPaths(spec.packages, dirname(file)),
    papers: { language, title, contact, notes },
    application: { ...merged.application, extraImages, extraFiles },
    privateKeys: merged.privateKeys === true ? true : inSpec(privateKeys),
  };
}
