/** Location of the bytes of a bundle's file: a whole file of a folder, or a section of an archive. */
export interface Extent extends Segment {
  /** All segments in order, including the first, if the bytes span several files. */
  readonly segments?: readonly Segment[];
}

/** A range of bytes in one file. */
export interface Segment {
  readonly file: string;
  readonly offset: number;
  readonly size: number;
  /**
   * Present only if media arrive one after the other in the same place: waits for the file and returns its path. The
   * file must then be opened only through this. `failed`: the file was there but could not be read.
   */
  readonly bring?: (failed: boolean) => Promise<string>;
}
