export { firstLine } from './check.ts';
export * from './rebuild.ts';
export * from './release.ts';
