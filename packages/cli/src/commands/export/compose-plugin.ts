import { open } from 'node:fs/promises';
import { isAtLeast, leastCompose } from '@bundle/compose';
import { pluginCommand } from '@bundle/engine/compose-cli';
import type { RuntimeFile } from '@bundle/export';
import { ioError } from '@bundle/files';
import { type Platform, paths, systemErrorCode } from '@bundle/format';

/** Values of `e_machine` in the ELF header (System V ABI, chapter 4) for the architectures that bundles support. */
const machines: Readonly<Record<string, number>> = { amd64: 62, arm64: 183 };

/**
 * Finds the Compose plugin of this host, to be packed for hosts that lack one; undefined where it is too old to
 * start a release or was built for another platform.
 */
export async function findComposePlugin(
  { os, architecture }: Platform,
  version: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<RuntimeFile | undefined> {
  const [file = '', ...rest] = await pluginCommand('compose', env);
  if (rest.length > 0 || version === undefined || !isAtLeast(version, leastCompose))
    return undefined;
  if (os !== 'linux' || (await machineOf(file)) !== machines[architecture]) return undefined;
  return { path: paths.composePlugin, file, compressed: true };
}

/** Reads the architecture of a 64-bit little-endian program; undefined for other files. */
async function machineOf(path: string): Promise<number | undefined> {
  const header = Buffer.alloc(20);
  try {
    const handle = await open(path);
    try {
      await handle.read(header, 0, header.length, 0);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (systemErrorCode(error) === 'EACCES') return undefined;
    throw ioError(error, 'reading the Compose plugin', path, 'input-unreadable');
  }
  const isElf = header.toString('latin1', 0, 6) === '\x7fELF\x02\x01';
  return isElf ? header.readUInt16LE(18) : undefined;
}
