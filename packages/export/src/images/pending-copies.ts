import type { OnProgress } from '@bundle/format';
import type { BundleWriter } from '@bundle/store';
import type { KnownLayer } from './layer-source.ts';

/** Collects known layers, to copy them together on all cores. */
export class PendingCopies {
  readonly #writer: BundleWriter;
  readonly #onProgress: OnProgress;
  readonly #signal: AbortSignal;
  #waiting: { readonly group: number; readonly known: KnownLayer }[] = [];

  constructor(writer: BundleWriter, onProgress: OnProgress, signal: AbortSignal) {
    this.#writer = writer;
    this.#onProgress = onProgress;
    this.#signal = signal;
  }

  add(group: number, known: KnownLayer): void {
    this.#waiting.push({ group, known });
  }

  /**
   * Copies the collected layers. Returns the group of the first damaged layer: everything from there on is missing in
   * the bundle.
   */
  async copy(): Promise<number | undefined> {
    const batch = this.#waiting;
    this.#waiting = [];
    if (batch.length === 0) return undefined;
    const totalBytes = batch.reduce((sum, { known }) => sum + known.layer.size, 0);
    let doneBytes = 0;
    const isRemote = batch.some(({ known: { from } }) => 'stream' in from);
    const phase = isRemote ? 'downloading layers' : 'copying known layers';
    const onBytes = (count: number): void => {
      doneBytes += count;
      this.#onProgress({ phase, doneBytes, totalBytes });
    };
    const blobs = batch.map(({ known: { layer, from } }) => ({ ...layer, from }));
    const copied = await this.#writer.copyBlobs(blobs, { onBytes, signal: this.#signal });
    const damaged = batch[copied];
    await damaged?.known.damaged();
    return damaged?.group;
  }
}
