export * from './facts.ts';
export * from './page.ts';
