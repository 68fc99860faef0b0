import type { Readable } from 'node:stream';
import type { Engine } from '@bundle/engine';
import { BundleError, type Platform } from '@bundle/format';

/** Sends an archive to the engine. If the archive breaks, fails with the cause. */
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
    // The engine only sees a broken archive; the cause is known here.
    throw cause instanceof BundleError ? cause : error;
  }
  if (cause !== undefined) throw cause;
}
