export { type Compression, compressionOfFile, uncompressed } from './archives/compression.ts';
export type * from './archives/image-archive.ts';
export * from './archives/images-from.ts';
export { OtherFile, openArchive } from './archives/open-archive.ts';
export { ownPlatform } from './own-platform.ts';
