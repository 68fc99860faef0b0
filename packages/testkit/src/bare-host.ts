import { execFile, spawn } from 'node:child_process';
import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Output, outputOf } from './engines.ts';

const run = promisify(execFile);
const scripts = join(import.meta.dirname, '../../../scripts');
const script = join(scripts, 'host');
const browser = join(scripts, 'browser');

/**
 * A host with its own engine, a shell and coreutils, no network but `lo`, and a stick (scripts/host). `folder` has
 * to be short, since sockets are below it.
 */
export class BareHost {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async start(...flags: readonly string[]): Promise<void> {
    await run(script, ['up', this.folder, ...flags]);
  }

  async stop(): Promise<void> {
    await run(script, ['down', this.folder]);
  }

  /** Runs a command on it; returns the exit code instead of throwing. */
  run(...command: readonly string[]): Promise<Output> {
    return outputFrom(script, ['exec', this.folder, ...command]);
  }

  /** Returns the document of a page in a real browser, after its scripts have run (scripts/browser). */
  async browse(url: string): Promise<string> {
    const { code, stdout, stderr } = await this.inNetwork(browser, url);
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  /** Runs a program of this machine in the host's network. */
  async inNetwork(...command: readonly string[]): Promise<Output> {
    const pid = (await readFile(join(this.folder, 'pid'), 'utf8')).trim();
    return outputFrom('nsenter', ['--target', pid, '--net', ...command]);
  }
}

/** Installs the browser before it is called in a host’s network, which has no way out. */
export async function downloadBrowser(): Promise<void> {
  await run(browser, ['--download']);
}

function outputFrom(file: string, args: readonly string[]): Promise<Output> {
  return outputOf(spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
}

/**
 * Makes an image of a stick with the contents of a folder. It is ext4, since not every kernel has FAT; modes are as
 * Linux shows them on FAT: all files are executable.
 */
export async function makeStick(folder: string, image: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true })) {
    await chmod(join(folder, entry), 0o755);
  }
  const { stdout } = await run('du', ['-sm', folder]);
  const size = `${Number.parseInt(stdout, 10) + 64}M`;
  await run('mkfs.ext4', ['-q', '-m', '0', '-O', '^has_journal', '-d', folder, image, size]);
}
