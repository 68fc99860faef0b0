import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { isThere } from '@bundle/files';
import { systemErrorCode } from '@bundle/format';

/** Options with which the kernel is built, of modules that need one. */
const options: Readonly<Record<string, string>> = {
  '8021q': 'VLAN_8021Q',
  nfs: 'NFS_FS',
  ext4: 'EXT4_FS',
  xfs: 'XFS_FS',
  btrfs: 'BTRFS_FS',
  fuse: 'FUSE_FS',
};

/**
 * Finds out which modules the kernel of this machine has: built in, loaded, or to be loaded. Modules that it does not tell
 * about are left out. `root` is the folder of the host's files.
 */
export async function kernelModules(
  names: readonly string[],
  root = '/',
): Promise<Map<string, boolean>> {
  const wanted = new Set(names.filter((name) => /^[\w-]+$/.test(name)));
  if (wanted.size === 0) return new Map();
  const folder = join(root, 'lib/modules', release());
  const [fileSystems = '', builtIn, loadable, built] = await Promise.all([
    textOf(join(root, 'proc/filesystems')),
    textOf(join(folder, 'modules.builtin')),
    textOf(join(folder, 'modules.dep')),
    kernelConfig(join(root, 'proc/config.gz')),
  ]);
  const found = new Map<string, boolean>();
  for (const name of wanted) {
    const isKnown =
      (await isThere(join(root, 'sys/module', name))) || wordsOf(fileSystems).has(name);
    const isListed = [builtIn, loadable].some((list) => list !== undefined && lists(list, name));
    const option = built && optionOf(built, options[name] ?? name.toUpperCase());
    if (isKnown || isListed || option === 'y') found.set(name, true);
    else if ((builtIn !== undefined && loadable !== undefined) || option === 'n')
      found.set(name, false);
  }
  return found;
}

function wordsOf(text: string): Set<string> {
  return new Set(text.split(/\s+/));
}

/** Tells whether a list of module files names a module; `-` and `_` mean the same in a name. */
function lists(files: string, name: string): boolean {
  const wanted = name.replaceAll('-', '_');
  return files.split('\n').some((line) => {
    const [, file = ''] = /([^/]+)\.ko(?:\.\w+)?(?::|$)/.exec(line.trim()) ?? [];
    return file.replaceAll('-', '_') === wanted;
  });
}

function optionOf(config: string, option: string): string {
  return new RegExp(`^CONFIG_${option}=([ym])$`, 'm').exec(config)?.[1] ?? 'n';
}

async function kernelConfig(path: string): Promise<string | undefined> {
  const packed = await bytesOf(path);
  return packed && (await promisify(gunzip)(packed)).toString('utf8');
}

async function textOf(path: string): Promise<string | undefined> {
  return (await bytesOf(path))?.toString('utf8');
}

async function bytesOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
}
