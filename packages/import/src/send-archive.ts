import type { Readable } from 'node:stream';
import type { Engine } from '@bundle/engine';
import { BundleError } from '@bundle/format';

/** Gives an archive to the engine; fails with why it broke, where it did. */
export async function sendArchive(
  engine: Engine,
  archive: Readable,
  signal: AbortSignal,
): Promise<void> {
  let cause: unknown;
  archive.once('error', (error) => {
    cause = error;
  });
  try {
    await engine.loadImages(archive, signal);
  } catch (error) {
    // The engine only sees a broken archive; why it broke is known here.
    throw cause instanceof BundleError ? cause : error;
  }
  if (cause !== undefined) throw cause;
}
