import { arch } from 'node:os';
import type { Platform } from '@bundle/format';

/** Platform of containers on this machine. */
export const ownPlatform: Platform = {
  os: 'linux',
  architecture: arch() === 'x64' ? 'amd64' : arch(),
};
