import { systemErrorCode } from '@bundle/format';

/** Tells whether a system error means that nothing exists at a path. */
export function isAbsence(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Tells whether a system error means that this user may not look. */
export function isDenial(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'EACCES' || code === 'EPERM';
}
