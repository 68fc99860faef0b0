/** Everything that can be looked at before an import, in the order in which it is shown; `--ignore` takes these names. */
export const checkNames = [
  'platform',
  'engine',
  'compose',
  'engine-disk',
  'state-disk',
  'application',
  'ports',
  'names',
  'profiles',
  'limits',
  'features',
  'files',
  'settings',
  'mounts',
] as const;
export type CheckName = (typeof checkNames)[number];
