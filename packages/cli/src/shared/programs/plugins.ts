import { open } from 'node:fs/promises';
import { isAtLeast, leastCompose } from '@bundle/compose';
import { pluginCommand } from '@bundle/engine/compose-cli';
import { type HostPrograms, packPlugin, type RuntimeFile } from '@bundle/export';
import { ioError } from '@bundle/files';
import { type CarriedPlugin, type Platform, packedPlugins, systemErrorCode } from '@bundle/format';
import type { Context } from '../../outcome.ts';
import { pluginCache } from '../folders.ts';
import { visible } from '../terminal/escape.ts';

/** Values of `e_machine` in the ELF header (System V ABI, chapter 4) for the architectures that bundles support. */
const machines: Readonly<Record<string, number>> = { amd64: 62, arm64: 183 };

/** The oldest versions that are worth packing; buildx is the first with `--progress rawjson`. */
const leastVersions: Readonly<Record<CarriedPlugin, string>> = {
  compose: leastCompose,
  buildx: '0.13',
};

/**
 * Packs a plugin of this host for hosts that lack it; undefined where it is too old or was built for another
 * platform. Compresses each version of it once, and keeps that in the user's cache folder.
 */
export async function findPlugin(
  plugin: CarriedPlugin,
  version: string | undefined,
  { os, architecture }: Platform,
  context: Pick<Context, 'env' | 'say' | 'signal' | 'onProgress'>,
): Promise<RuntimeFile | undefined> {
  const [file = '', ...rest] = await pluginCommand(plugin, context.env);
  if (rest.length > 0 || version === undefined || !isAtLeast(version, leastVersions[plugin]))
    return undefined;
  if (os !== 'linux' || (await machineOf(file)) !== machines[architecture]) return undefined;
  const { say, signal, onProgress } = context;
  const bytes = await packPlugin(file, {
    name: `docker-${plugin}`,
    cache: pluginCache(context),
    onWarning: (problem) => say(`warning: ${visible(problem)}`),
    onProgress,
    signal,
  });
  return { path: packedPlugins[plugin], bytes };
}

/** Tells whether every host has a plugin: of its own and recent enough, or carried by a release. */
export function haveAll(hosts: readonly HostPrograms[], plugin: CarriedPlugin): boolean {
  return hosts.every(
    (host) =>
      isAtLeast(host.plugins[plugin] ?? '0', leastVersions[plugin]) ||
      host.programs.some((carried) => carried.path === packedPlugins[plugin]),
  );
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
    throw ioError(error, 'reading the docker plugin', path, 'input-unreadable');
  }
  const isElf = header.toString('latin1', 0, 6) === '\x7fELF\x02\x01';
  return isElf ? header.readUInt16LE(18) : undefined;
}
