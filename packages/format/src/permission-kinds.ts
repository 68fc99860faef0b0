/** What an application may be given of its host beyond containers of its own; `--allow` takes these names. */
export const permissionKinds = [
  'privileged',
  'capability',
  'device',
  'security-option',
  'host-namespace',
  'other-container',
  'engine-socket',
  'host-path',
  'provider',
] as const;
export type PermissionKind = (typeof permissionKinds)[number];
