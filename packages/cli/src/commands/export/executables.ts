import { execFile } from 'node:child_process';
import { access, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { getAsset, isSea } from 'node:sea';
import { promisify } from 'node:util';
import { zstdDecompressSync } from 'node:zlib';
import type { RuntimeFile } from '@bundle/export';
import {
  BundleError,
  formatPlatform,
  type Platform,
  paths,
  reasonOf,
  systemErrorCode,
} from '@bundle/format';
import type { Context } from '../../outcome.ts';

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
 * Finds the executables of this command for a bundle, and the notices for their contents. A checkout builds the
 * executables; an executable packs itself and any others beside it.
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
    files.push({ path, file: isSea() ? await packedFile(name) : await builtFile(name, signal) });
  }
  return files.length === 0 ? [] : [...files, await readNotices()];
}

/** Reads the notices: from inside the executable, or from beside the built command. */
async function readNotices(): Promise<RuntimeFile> {
  const name = basename(paths.notices);
  const text = isSea()
    ? zstdDecompressSync(Buffer.from(getAsset(`${name}.zst`))).toString('utf8')
    : await readFile(join(await programFolder(), '../dist/command', name), 'utf8');
  return { path: paths.notices, text };
}

async function programFolder(): Promise<string> {
  return dirname(await realpath(process.argv[1] ?? ''));
}

async function packedFile(name: string): Promise<string> {
  const own = name === `${process.platform}-${process.arch}`;
  const file = own ? process.execPath : join(dirname(process.execPath), `bundle-${name}`);
  try {
    await access(file);
    return file;
  } catch (error) {
    throw runtimeMissing(name, reasonOf(error), 'Export from a checkout, which can make it', error);
  }
}

/** Builds the executable from the checkout that contains this file, unless it is up to date. */
async function builtFile(name: string, signal: AbortSignal): Promise<string> {
  try {
    const script = join(await programFolder(), '../../../scripts/build-runtime');
    const { stdout } = await promisify(execFile)(script, [name], { signal });
    return stdout.trim();
  } catch (error) {
    if (signal.aborted) throw error;
    const words = stderrOf(error) || reasonOf(error);
    const noScript = systemErrorCode(error) === 'ENOENT';
    const hint = noScript
      ? 'Run the command from a whole checkout'
      : 'Fix the problem that scripts/build-runtime reports';
    throw runtimeMissing(name, words, hint, error);
  }
}

function stderrOf(error: unknown): string {
  return error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
}

function runtimeMissing(name: string, found: string, hint: string, cause: unknown): BundleError {
  return new BundleError('runtime-missing', {
    operation: 'looking for the executable of this command for',
    subject: name,
    found,
    hint: `${hint}, or leave it out with --no-runtime.`,
    cause,
  });
}
