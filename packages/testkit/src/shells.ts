import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const busybox = process.env['BUNDLE_BUSYBOX'];

/** A shell with the programs of its system; `folder` holds busybox's. */
export interface Shell {
  readonly name: string;
  readonly command: readonly string[];
  readonly path: (folder: string) => Promise<string>;
}

const system: Shell = { name: 'sh', command: ['sh'], path: async () => '/usr/bin:/bin' };

/**
 * Returns the shells in which scripts of bundles may run: that of this machine, and busybox if scripts/test found
 * one.
 */
export const shells: readonly Shell[] =
  busybox === undefined
    ? [system]
    : [
        system,
        {
          name: 'busybox',
          command: [busybox, 'sh'],
          path: async (folder) => {
            await mkdir(folder, { recursive: true });
            await run(busybox, ['--install', '-s', folder]);
            return folder;
          },
        },
      ];

/** Programs that scripts/test installs from Debian; tests of missing ones are skipped. */
export const shellcheckProgram = process.env['BUNDLE_SHELLCHECK'];
export const systemdAnalyze = process.env['BUNDLE_SYSTEMD_ANALYZE'];

/** Returns the findings of shellcheck in a POSIX script. */
export async function shellcheck(file: string, without: readonly string[] = []): Promise<string> {
  if (shellcheckProgram === undefined) throw new Error('no shellcheck: a test of it is skipped');
  const excluded = without.length === 0 ? [] : ['--exclude', without.join(',')];
  const words = ['--shell', 'sh', '--format', 'gcc', ...excluded, file];
  const found = await run(shellcheckProgram, words).catch((error: unknown) => error);
  if (found instanceof Error && !('stdout' in found)) throw found;
  return String((found as { stdout: unknown }).stdout);
}
