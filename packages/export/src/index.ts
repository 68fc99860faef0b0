export type * from './application.ts';
export { composeFilesAt, findComposeFiles, isSpec, readSpec } from './compose/find.ts';
export { planApplication } from './compose/plan.ts';
export * from './export.ts';
export type { ImageState } from './prepare-images.ts';
