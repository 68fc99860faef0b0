/** Names of all preflight checks, in the order in which they are shown; `--ignore` accepts these. */
export const checkNames = [
  'platform',
  'engine',
  'compose',
  'engine-disk',
  'state-disk',
  'order',
  'application',
  'ports',
  'names',
  'networks',
  'profiles',
  'limits',
  'features',
  'files',
  'settings',
  'mounts',
] as const;
export type CheckName = (typeof checkNames)[number];
