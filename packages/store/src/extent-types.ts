/** Where the bytes of a bundle's file are: a whole file of a folder, or a part of an archive. */
export interface Extent extends Segment {
  /** Where it lies in several files, one after the other: all of it, the first one included. */
  readonly segments?: readonly Segment[];
}

/** Bytes of one file. */
export interface Segment {
  readonly file: string;
  readonly offset: number;
  readonly size: number;
  /**
   * Where media come one after the other into one place: waits until the file is there, and says where. It is then the
   * only way to the file. `failed`: it was there, and could not be read.
   */
  readonly bring?: (failed: boolean) => Promise<string>;
}
