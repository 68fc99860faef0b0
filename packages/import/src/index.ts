export * from './images-archive.ts';
export * from './import.ts';
export * from './import-types.ts';
export * from './load-from-bundle.ts';
export type { Check, CheckResult } from './preflight/check.ts';

export {
  type PreflightOptions,
  type PreflightReport,
  preflight,
  preflightError,
} from './preflight/preflight.ts';
export { startChecks } from './preflight/start-checks.ts';
