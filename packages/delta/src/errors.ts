import { BundleError } from '@bundle/format';

/** Returns the error for a delta that does not keep to its encoding. */
export function invalidDelta(expected: string, found?: string): BundleError {
  return new BundleError('delta-invalid', {
    operation: 'rebuilding a layer from a delta',
    expected,
    ...(found === undefined ? {} : { found }),
    hint: 'Copy the bundle again, or export it again; `bundle export --no-delta` carries whole layers.',
  });
}

/** Stops work that was aborted. */
export function checkAborted(signal: AbortSignal | undefined, operation: string): void {
  if (signal?.aborted === true) throw new BundleError('interrupted', { operation });
}
