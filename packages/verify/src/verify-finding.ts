import type { ErrorCode, Finding } from '@bundle/format';

/** A finding with its error code, which determines the exit code. */
export type VerifyFinding = Finding & { readonly code: ErrorCode };

export function finding(code: ErrorCode, file: string, message: string): VerifyFinding {
  return { severity: 'error', code, file, message };
}
