import { systemErrorCode } from '@bundle/format';

/** Tells whether an error of the system says that nothing is at a path. */
export function isAbsence(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
