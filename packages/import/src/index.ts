export * from './import.ts';
export * from './load-from-bundle.ts';
export { isSameImage } from './load-plan.ts';
