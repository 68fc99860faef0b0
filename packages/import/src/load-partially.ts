import type { Engine, EngineInfo } from '@bundle/engine';
import { BundleError, type BundleImage, type Digest, type WorkOptions } from '@bundle/format';
import { isSameImage } from '@bundle/host';
import type { OpenedBundle } from '@bundle/verify';
import { loadArchive, readLayout } from './load-archive.ts';
import { loadInTurn } from './load-in-turn.ts';
import type { LoadStep } from './load-plan.ts';
import { baseMissing, omittedLayers, omittedOf } from './omitted.ts';
import { sendArchive } from './send-archive.ts';
import { namedWhenWhole, temporaryNames } from './temporary-names.ts';

/**
 * Loads images of an incremental bundle into a containerd store that already has the omitted layers. Each load is a
 * request to the engine, so this works over any connection. Fails with `base-missing` if the store lacks a layer.
 */
export async function loadPartially(
  engine: Engine,
  info: EngineInfo,
  opened: OpenedBundle,
  steps: readonly LoadStep[],
  totalBytes: number,
  { onProgress, signal }: WorkOptions,
): Promise<void> {
  const { manifest } = opened;
  const images = steps.flatMap((step) => step.images);
  const omitted = omittedLayers(manifest);
  const { loaded } = await temporaryNames();
  const names = images.map((_, index) => loaded(index));
  const temporary = images.map((image, index) => ({ ...image, reference: names[index] ?? '' }));
  const lacking = (these: readonly BundleImage[]): BundleError =>
    baseMissing(manifest, new Set(these.flatMap((image) => [...omittedOf(image, omitted)])));

  const oneByOne = async (): Promise<void> => {
    const layout = await readLayout(opened);
    const sent = new Set<Digest>();
    let doneBytes = 0;
    for (const [index, image] of temporary.entries()) {
      signal.throwIfAborted();
      const all = image.layers.map(({ digest }) => digest);
      // Layers sent with an earlier image are there too.
      const layers = new Set(all.filter((digest) => !omitted.has(digest) && !sent.has(digest)));
      const step = { images: [image], layers, next: [] };
      const detail = images[index]?.reference ?? '';
      const onBytes = (count: number): void => {
        doneBytes = Math.min(totalBytes, doneBytes + count);
        onProgress({ phase: 'loading images', doneBytes, totalBytes, detail });
      };
      const archive = await loadArchive(layout, step, info.readsZstd, onBytes);
      await sendArchive(engine, archive, signal, image.platform).catch((error: unknown) => {
        throw isBroken(error) ? lacking([image]) : error;
      });
      for (const digest of layers) sent.add(digest);
    }
  };
  const inTurn = async (): Promise<void> => {
    const { platform } = manifest;
    const layers = new Set(steps.flatMap((step) => [...step.layers]));
    const step = { images: temporary, layers, next: [] };
    try {
      await loadInTurn(engine, info, opened, [step], { onProgress, signal, platform });
    } catch (error) {
      throw isBroken(error) ? lacking(images) : error;
    }
  };
  await namedWhenWhole(engine, images, names, async () => {
    await (opened.source.rest === undefined ? oneByOne() : inTurn());
    for (const image of temporary) {
      if (!isSameImage(image, await engine.inspectImage(image.reference))) throw lacking([image]);
    }
  });
}

function isBroken(error: unknown): boolean {
  return error instanceof BundleError && error.code === 'load-mismatch';
}
