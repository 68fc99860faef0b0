export { firstLine } from './check.ts';
export * from './diagnose.ts';
export type { Check, CheckState } from './diagnosis.ts';
export * from './rebuild.ts';
export { type UndoneImage, undoRebuilds } from './record.ts';
export * from './release.ts';
export * from './unpack-source.ts';
