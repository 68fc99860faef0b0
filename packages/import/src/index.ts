export * from './import.ts';
export * from './load-from-bundle.ts';
export { isSameImage } from './load-plan.ts';
export { type Check, type CheckName, type CheckResult, checkNames } from './preflight/checks.ts';
export {
  type PreflightOptions,
  type PreflightReport,
  preflight,
  preflightError,
} from './preflight/preflight.ts';
