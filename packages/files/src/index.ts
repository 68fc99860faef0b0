export * from './io-error.ts';
export * from './is-there.ts';
export * from './make-folder.ts';
export * from './partial.ts';
export * from './read-bounded.ts';
export * from './read-if-there.ts';
export * from './replace-file.ts';
export * from './with-file.ts';
