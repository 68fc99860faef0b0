export type * from './application.ts';
export type { RebuildReport } from './builds/report.ts';
export { findComposeFiles } from './compose/find.ts';
export { planApplication } from './compose/plan.ts';
export { isSpec, readSpec } from './compose/spec.ts';
export * from './export.ts';
export type { ImageState } from './prepare-images.ts';
export * from './preview.ts';
