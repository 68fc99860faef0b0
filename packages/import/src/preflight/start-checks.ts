import type { CheckName } from '@bundle/format';

/** Checks that do not matter for loading alone: the problem can be fixed before the release is started. */
export const startChecks: readonly CheckName[] = [
  'compose',
  'ports',
  'names',
  'networks',
  'profiles',
  'limits',
  'features',
  'files',
  'settings',
  'mounts',
];
