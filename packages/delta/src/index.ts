export { applyDelta, type DeltaHeader, readDeltaHeader } from './apply-delta.ts';
export { deltaLimits } from './limits.ts';
export { makeDelta } from './make-delta.ts';
export type { LayerBytes } from './old-bytes.ts';
