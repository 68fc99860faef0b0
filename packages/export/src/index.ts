export type * from './application/application.ts';
export { type Outline, readOutline } from './application/outline.ts';
export { checkOwnOutput, outsideContexts } from './application/own-output.ts';
export { planApplication } from './application/plan.ts';
export { isSpec, readSpec } from './application/spec.ts';
export { type ChosenSpec, specText } from './application/spec-text.ts';
export * from './builds/carried-lists.ts';
export * from './builds/choose.ts';
export type { RebuildReport } from './builds/report.ts';
export { type PackPluginOptions, packPlugin } from './bundle/pack-plugin.ts';
export type { PackageListing, PackagesReport } from './bundle/package-list.ts';
export * from './export.ts';
export type * from './export-options.ts';
export { LayerCache } from './images/cache/layer-cache.ts';
export { packagesFolder } from './images/cache/places.ts';
export { type CacheUse, cacheUse, trimCache } from './images/cache/trim.ts';
export {
  type Holdings,
  holdingsOfBundle,
  holdingsOfInventory,
  planOmission,
} from './images/omission.ts';
export type { ImageState } from './images/prepare-images.ts';
export * from './images/read-holdings.ts';
export * from './kit/write-kit.ts';
export type { PaperOptions } from './papers/papers.ts';
export type * from './preview.ts';
export type * from './secrets/finding.ts';
export type { SecretsReport } from './secrets/scan.ts';
export { SecretsFound } from './secrets/secrets-found.ts';
