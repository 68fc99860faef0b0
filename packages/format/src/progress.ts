/** Progress of one phase of long work. Bytes count the phase's own input. */
export interface ProgressEvent {
  /** The work under way, such as "saving images"; a new name starts a new phase. */
  readonly phase: string;
  readonly doneBytes: number;
  /** Absent while unknown. */
  readonly totalBytes?: number;
  /** The current item, such as an image reference. */
  readonly detail?: string;
}

export type OnProgress = (event: ProgressEvent) => void;

/** How long work says how far it is, and is stopped. */
export interface WorkOptions {
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** Makes a counter of bytes that reports them as they come; it says nothing where nobody listens. */
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
