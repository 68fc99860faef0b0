import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { getAsset, isSea } from 'node:sea';
import { promisify } from 'node:util';
import { zstdDecompressSync } from 'node:zlib';
import type { HostPrograms, RuntimeFile } from '@bundle/export';
import { isThere } from '@bundle/files';
import {
  BundleError,
  defined,
  formatPlatform,
  type Platform,
  paths,
  reasonOf,
} from '@bundle/format';
import type { Context } from '../../outcome.ts';
import { version } from '../../version.ts';
import { ownProgram } from '../own-program.ts';

/** Which executables to pack: `platform` means the one for the host of the bundle, `all` also those for other hosts. */
export type RuntimeChoice = 'platform' | 'all';

/** An executable: its name as Node.js spells platforms, and its path in the bundle. */
interface PlannedRuntime {
  readonly name: string;
  readonly path: string;
}

const known = [
  { platform: 'linux/amd64', name: 'linux-x64', path: paths.runtimeX64 },
  { platform: 'linux/arm64', name: 'linux-arm64', path: paths.runtimeArm64 },
];

/** Assigns executables to their paths in the bundle; empty when no executable fits the platform. */
export function planRuntimes(
  choice: RuntimeChoice,
  { os, architecture }: Platform,
): PlannedRuntime[] {
  const platform = formatPlatform({ os, architecture });
  return known
    .filter((one) => choice === 'all' || one.platform === platform)
    .map((one) => ({ name: one.name, path: one.platform === platform ? paths.runtime : one.path }));
}

/**
 * Finds the executables of this command for a bundle. A checkout builds them; an executable packs itself and any others
 * beside it; npm installs them as packages.
 */
export async function findRuntimes(
  choice: RuntimeChoice,
  platform: Platform,
  { say, signal, onProgress }: Pick<Context, 'say' | 'signal' | 'onProgress'>,
): Promise<RuntimeFile[]> {
  const planned = planRuntimes(choice, platform);
  if (!planned.some(({ path }) => path === paths.runtime)) {
    say(
      `warning: this command has no executable for ${formatPlatform(platform)}, so the bundle contains none`,
    );
  }
  const files: RuntimeFile[] = [];
  for (const { name, path } of planned) {
    onProgress({ phase: 'making the executable', doneBytes: 0, detail: name });
    files.push({ path, program: await findExecutable(name, signal) });
  }
  return files;
}

/** Returns the files that some host does not have, byte for byte. */
export async function notOnAll(
  files: readonly RuntimeFile[],
  hosts: readonly HostPrograms[],
): Promise<RuntimeFile[]> {
  const missing: RuntimeFile[] = [];
  for (const file of files) {
    const bytes = 'bytes' in file ? file.bytes : await readFile(file.program);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const isThere = ({ programs }: HostPrograms): boolean =>
      programs.some((one) => one.sha256 === sha256);
    if (!hosts.every(isThere)) missing.push(file);
  }
  return missing;
}

/** Reads the notices of what programs contain: from inside the executable, or from beside the built command. */
export async function readNotices(): Promise<RuntimeFile> {
  const name = basename(paths.notices);
  const text = isSea()
    ? zstdDecompressSync(Buffer.from(getAsset(`${name}.zst`))).toString('utf8')
    : await readFile(join(await programFolder(), '../dist/command', name), 'utf8');
  return { path: paths.notices, bytes: Buffer.from(text) };
}

async function programFolder(): Promise<string> {
  return dirname(await realpath(process.argv[1] ?? ''));
}

async function findExecutable(name: string, signal: AbortSignal): Promise<string> {
  const own = ownProgram();
  if (own !== undefined && name === `${process.platform}-${process.arch}`) return own;
  const places =
    own === undefined
      ? npmPlaces(join(await programFolder(), '../node_modules/bundle'), name)
      : [join(dirname(own), `bundle-${name}`), ...npmPlaces(own, name)];
  for (const place of places) if (await isThere(place)) return place;
  const isBuiltHere = own === undefined && (await isThere(join(await programFolder(), script)));
  if (isBuiltHere) return buildExecutable(name, signal);
  throw runtimeMissing(
    name,
    `none at ${places[0]}`,
    `Run \`npm install -g --force offline-bundle-${name}@${version}\` if npm installed this command, or else put bundle-${name} of the same release beside it`,
  );
}

/**
 * Returns where npm puts the executable for a platform: into the folders named `node_modules` that a file is in. The
 * nearest comes first. No other folder above is taken, since anybody might write to it.
 */
export function npmPlaces(file: string, name: string): string[] {
  const folder = `${sep}node_modules${sep}`;
  const above = file.split(folder).slice(0, -1);
  return above
    .map((_, index) => above.slice(0, index + 1).join(folder))
    .map((root) => join(root, 'node_modules', `offline-bundle-${name}`, 'bundle'))
    .reverse();
}

/** Builds executables, in a checkout; relative to the folder of the program. */
const script = '../../../scripts/build-runtime';

/** Builds the executable from the checkout that contains this file, unless it is up to date. */
async function buildExecutable(name: string, signal: AbortSignal): Promise<string> {
  try {
    const file = join(await programFolder(), script);
    const { stdout } = await promisify(execFile)(file, [name], { signal });
    return stdout.trim();
  } catch (error) {
    if (signal.aborted) throw error;
    const words = stderrOf(error) || reasonOf(error);
    throw runtimeMissing(name, words, 'Fix the problem that scripts/build-runtime reports', error);
  }
}

function stderrOf(error: unknown): string {
  return error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
}

function runtimeMissing(name: string, found: string, hint: string, cause?: unknown): BundleError {
  return new BundleError('runtime-missing', {
    operation: 'looking for the executable of this command for',
    subject: name,
    found,
    hint: `${hint}, or leave it out with --no-runtime.`,
    ...defined({ cause }),
  });
}
