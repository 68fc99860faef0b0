export type * from './application.ts';
export * from './export.ts';
