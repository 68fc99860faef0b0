import type { OnProgress } from '@bundle/format';

/** How long work says how far it is, and is stopped. */
export interface WorkOptions {
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}
