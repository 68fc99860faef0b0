export { carriedCompose } from './carried-compose.ts';
export * from './import.ts';
export { rememberedBundle } from './imported-from.ts';
export * from './inventory.ts';
export * from './journal.ts';
export * from './load-from-bundle.ts';
export { isSameImage } from './load-plan.ts';
export * from './pins.ts';
export {
  type Check,
  type CheckResult,
  startChecks,
} from './preflight/checks.ts';
export { composeNeeds } from './preflight/compose-needs.ts';
export { listeningOn } from './preflight/listening.ts';
export { takenPorts } from './preflight/ports.ts';
export {
  type PreflightOptions,
  type PreflightReport,
  preflight,
  preflightError,
} from './preflight/preflight.ts';
export { publishedPorts } from './preflight/published-ports.ts';
export { switchCurrent, withLock } from './state.ts';
