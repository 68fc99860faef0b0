export * from './facts.ts';
export type { Chinese } from './languages.ts';
export * from './page.ts';
