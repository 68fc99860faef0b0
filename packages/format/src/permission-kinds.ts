/** Kinds of access to its host that an application may be granted; `--allow` accepts these names. */
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
