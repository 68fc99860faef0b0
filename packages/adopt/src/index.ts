export * from './adopt.ts';
export type * from './decisions.ts';
