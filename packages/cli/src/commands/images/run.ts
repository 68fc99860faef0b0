import { rename, rm } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ownPlatform } from '@bundle/engine';
import {
  ioError,
  isThere,
  partialPath,
  removeStalePartials,
  syncFolder,
  writeNew,
} from '@bundle/files';
import { BundleError } from '@bundle/format';
import { imagesArchive } from '@bundle/import';
import { openManifest } from '@bundle/verify';
import { type Context, type Outcome, startClock } from '../../outcome.ts';
import { findBundle } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import { onePlatform } from '../../shared/one-platform.ts';
import { usageError } from '../../usage.ts';
import type { ImagesChoice } from './definition.ts';
import { writtenText } from './render.ts';

/** Runs `bundle images`: writes the archive into a file, or to the standard output. */
export async function runImages(
  context: Context,
  given: string,
  options: ImagesChoice,
): Promise<Outcome> {
  const { cwd, colours, onProgress, signal } = context;
  const seconds = startClock(context);
  const output = options.output === '-' ? undefined : resolve(cwd, options.output);
  if (output === undefined && process.argv.includes('--json'))
    throw usageError('the command line', '--json, or the archive on stdout', '--json and -o -');
  if (output === undefined && process.stdout.isTTY)
    throw usageError('--output', 'a file or a pipe', 'the terminal', 'Write it with -o FILE.');
  if (output !== undefined) await checkFree(output, options.force);
  onProgress({ phase: 'reading the bundle', doneBytes: 0 });
  const found = await openManifest(await findBundle(given), findPartsWith(options, context));
  // An archive of the only platform is for whoever asks for it.
  const wanted = options.platform ?? (found.manifest.platforms && ownPlatform);
  const bundle = wanted === undefined ? found : onePlatform(found, wanted);
  const { image, format } = options;
  const { images, archive } = await imagesArchive(bundle, image, format, onProgress);
  const bytes = { written: 0 };
  const chunks = counted(archive, bytes, signal);
  if (output === undefined) {
    await pipeline(chunks, process.stdout, { end: false });
    return { text: '' };
  }
  await writeBeside(output, chunks);
  const references = images.map(({ reference, services, topDigest, imageId }) => ({
    ...{ reference, services },
    // Without its manifest, an image has only its ID.
    digest: format === 'oci' ? topDigest : imageId,
  }));
  const report = { output, format, bytes: bytes.written, images: references, seconds: seconds() };
  return { json: report, text: writtenText(report, colours) };
}

async function checkFree(output: string, force: boolean): Promise<void> {
  if (force || !(await isThere(output))) return;
  throw new BundleError('output-exists', {
    operation: 'writing the images to',
    subject: output,
    expected: 'a path that is free',
    found: 'a file',
    hint: 'Choose another path, or replace it with --force.',
  });
}

async function* counted(
  archive: Readable,
  bytes: { written: number },
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for await (const chunk of archive as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    bytes.written += chunk.length;
    yield chunk;
  }
}

async function writeBeside(output: string, chunks: AsyncIterable<Buffer>): Promise<void> {
  const partial = await partialPath(output);
  try {
    await removeStalePartials(dirname(output), (name) => name === basename(output));
    await writeNew(partial, chunks, 0o644);
    await rename(partial, output);
    await syncFolder(dirname(output));
  } catch (error) {
    await rm(partial, { force: true });
    throw ioError(error, 'writing the images to', output, 'output-unwritable');
  }
}
