export * from './engines.ts';
export * from './image-archive.ts';
