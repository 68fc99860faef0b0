import type { Readable } from 'node:stream';
import type { Engine } from '@bundle/engine';
import { BundleError, type Platform } from '@bundle/format';

/** Gives an archive to the engine; fails with why it broke, where it did. */
export async function sendArchive(
  engine: Engine,
  archive: Readable,
  signal: AbortSignal,
  platform?: Platform,
): Promise<void> {
  let cause: unknown;
  archive.once('error', (error) => {
    cause = error;
  });
  try {
    await engine.loadImages(archive, signal, platform);
  } catch (error) {
    // The engine only sees a broken archive; why it broke is known here.
    throw cause instanceof BundleError ? cause : error;
  }
  if (cause !== undefined) throw cause;
}
