import { join } from 'node:path/posix';
import { boundFolder } from './mounts.ts';
import type { ComposeProject } from './project.ts';

type Volume = NonNullable<ComposeProject['volumes']>[string] | undefined;

/** File systems whose device is not on the host. */
const elsewhere = /^(?:tmpfs|nfs\d*|cifs|smb3?|ceph)$/;

/** Options of overlayfs with folders of the host, separated by colons. */
const folderOption = /^(?:lowerdir|upperdir|workdir|datadir)\+?$/;

/**
 * Lists the paths of the host that the driver of a volume mounts. The driver `local` passes its options to mount(2), so
 * they may be devices, and folders in the options of overlayfs.
 */
export function driverPaths(volume: Volume): string[] {
  const { driver, driver_opts } = volume ?? {};
  const options = driver_opts ?? {};
  // A plugin such as local-persist has an option for a folder of the host, under a name of its own.
  if (driver && driver !== 'local')
    return Object.values(options).filter((value) => value.startsWith('/'));
  const folder = boundFolder(volume);
  const { type = '', device = '', o = '' } = options;
  if (folder !== undefined) return [folder];
  if (device === '' || elsewhere.test(type)) return [];
  const assigned = o.split(',').flatMap((option) => {
    const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(option) ?? [];
    const parts = value.split(':').filter((part) => part !== '');
    return folderOption.test(key) ? parts : parts.filter((part) => part.startsWith('/'));
  });
  // An overlay is mounted from the folders in its options; its device is only a name.
  return [...(type === 'overlay' ? [] : [device]), ...assigned].map(fromEngine);
}

/** Makes a path absolute as the engine does, which runs in the root folder. Compose leaves these as they are. */
function fromEngine(path: string): string {
  return join('/', path);
}
