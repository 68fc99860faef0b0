import { open } from 'node:fs/promises';
import { isAtLeast, leastCompose } from '@bundle/compose';
import { pluginCommand } from '@bundle/engine/compose-cli';
import type { RuntimeFile } from '@bundle/export';
import { ioError } from '@bundle/files';
import { type Platform, paths, systemErrorCode } from '@bundle/format';

/** `e_machine` of the ELF header (System V ABI, chapter 4), of the architectures that bundles are made for. */
const machines: Readonly<Record<string, number>> = { amd64: 62, arm64: 183 };

/**
 * The Compose plugin of this host, for hosts that have an engine and no plugin; none where it is too old to start a release
 * or made for another platform.
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

/** Of a program for 64 bits, little endian; undefined for other files. */
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
