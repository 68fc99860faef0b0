/** One report of long work: how far a phase is. Bytes are those of the phase's own input. */
export interface ProgressEvent {
  /** What is under way, such as "saving images"; a new name starts a new phase. */
  readonly phase: string;
  readonly doneBytes: number;
  /** Absent while it is not known. */
  readonly totalBytes?: number;
  /** What is being worked on just now, such as an image reference. */
  readonly detail?: string;
}

export type OnProgress = (event: ProgressEvent) => void;
