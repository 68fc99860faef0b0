/** Progress of one phase of long work. Bytes count the phase's own input. */
export interface ProgressEvent {
  /** The current work, such as "saving images"; a new name starts a new phase. */
  readonly phase: string;
  readonly doneBytes: number;
  /** Absent while unknown. */
  readonly totalBytes?: number;
  /** The current item, such as an image reference. */
  readonly detail?: string;
}

export type OnProgress = (event: ProgressEvent) => void;

/** How long work reports its progress and is stopped. */
export interface WorkOptions {
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** Makes a counter that reports bytes as they arrive; it does nothing if nobody listens. */
export function byteCounter(
  onProgress: OnProgress | undefined,
  phase: string,
  totalBytes: number,
): (count: number) => void {
  let doneBytes = 0;
  return (count) => {
    doneBytes += count;
    onProgress?.({ phase, doneBytes, totalBytes });
  };
}
