import { FramePool } from '@bundle/archive';
import type { Engine } from '@bundle/engine';
import {
  BundleError,
  type BundleImage,
  type Digest,
  parseReference,
  type WorkOptions,
} from '@bundle/format';
import { isSameImage } from '@bundle/host';
import { bundleContent, repositoryNames, startRegistry } from '@bundle/registry';
import type { OpenedBundle } from '@bundle/verify';
import { baseMissing, omittedLayers, omittedOf, pullHint } from './omitted.ts';
import { namedWhenWhole, temporaryNames } from './temporary-names.ts';

/**
 * Brings images of an incremental bundle into a containerd store older than API 1.48. The engine pulls them from an
 * endpoint on loopback and takes only what it lacks. That store would keep a broken image from an archive without a
 * blob; a pull fails instead. The images get their names only when all of them are there.
 */
export async function pullAll(
  engine: Engine,
  opened: OpenedBundle,
  images: readonly BundleImage[],
  totalBytes: number,
  { onProgress, signal }: WorkOptions,
): Promise<void> {
  const { pulled, served } = await temporaryNames();
  const content = await bundleContent(opened);
  const omitted = omittedLayers(opened.manifest);
  const absent = new Set<Digest>();
  const failures: unknown[] = [];
  const registry = await startRegistry({
    content: {
      ...content,
      tags: (repository) => content.tags(served(repository)),
      document: (repository, wanted) => content.document(served(repository), wanted),
      blob: (digest) => {
        // The engine requests only blobs that it does not have.
        if (omitted.has(digest)) absent.add(digest);
        return content.blob(digest);
      },
    },
    onFailure: (error) => failures.push(error),
  });
  const names = images.map(({ reference }) => pulled(registry.address, servedAs(reference)));
  const pull = async (): Promise<void> => {
    for (const [index, image] of images.entries()) {
      const { reference } = image;
      signal.throwIfAborted();
      const name = names[index] ?? reference;
      const report = (): void => {
        const doneBytes = Math.min(totalBytes, registry.stats().bytes);
        onProgress({ phase: 'loading images', doneBytes, totalBytes, detail: reference });
      };
      report();
      await engine.pullImage(name, undefined, report, signal);
      if (await isWhole(engine, name, image, signal)) continue;
      throw baseMissing(opened.manifest, omittedOf(image, omitted));
    }
  };
  try {
    await namedWhenWhole(engine, images, names, pull);
  } catch (error) {
    // The engine only sees an unexpected answer; the cause is known here.
    if (signal.aborted) throw error;
    const [failure] = failures;
    if (failure instanceof BundleError) throw failure;
    if (absent.size > 0) throw baseMissing(opened.manifest, absent);
    throw registry.stats().requests > 0 ? error : notReached(registry.address, error);
  } finally {
    await registry.close();
  }
}

/**
 * Checks that a pulled image is complete. An engine does not request the blob of a layer that it has unpacked, which
 * can silently leave the image broken: Docker 28 then shows no layers, and Docker 26 saves the image as an archive
 * without any. A complete image is read only up to its first layer.
 */
async function isWhole(
  engine: Engine,
  name: string,
  image: BundleImage,
  signal: AbortSignal,
): Promise<boolean> {
  if (!isSameImage(image, await engine.inspectImage(name))) return false;
  const layers = new Set(image.layers.map((layer) => layer.digest));
  const reading = await engine.openImages([name], undefined, signal);
  try {
    const options = { pool: new FramePool(), onBytes: () => undefined };
    for await (const { digest } of reading.layers(options)) {
      if (digest !== undefined && layers.has(digest)) return true;
    }
    return layers.size === 0;
  } finally {
    reading.close();
  }
}

function servedAs(reference: string): string {
  const name = repositoryNames(reference)?.listed ?? reference;
  return `${name}:${parseReference(reference)?.tag ?? 'latest'}`;
}

function notReached(address: string, cause: unknown): BundleError {
  return new BundleError('engine-failed', {
    operation: 'letting the engine pull new layers from',
    subject: address,
    expected: 'an engine on this host',
    found: 'no request from it',
    hint: pullHint,
    cause,
  });
}
