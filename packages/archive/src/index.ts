export * from './archive-entry.ts';
export * from './compress.ts';
export * from './entry-frames.ts';
export * from './stream-hasher.ts';
export * from './tar-files.ts';
export * from './tar-pack.ts';
export * from './tar-read.ts';
export * from './unzstd.ts';
