import type { ProjectVolume } from '@bundle/engine';

/**
 * Tells whether a volume is copied and restored. The driver `local` mounts a device over the volume's own folder: a folder
 * of the host, a disk, or a share of the network. The engine removes only the mount, so a copy would be laid over what is
 * there, and not take its place.
 */
export function isCopied({ driver, options }: Pick<ProjectVolume, 'driver' | 'options'>): boolean {
  const { device = '', type } = options;
  return driver !== 'local' || device === '' || type === 'tmpfs';
}
