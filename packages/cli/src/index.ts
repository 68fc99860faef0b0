export * from './man/pages.ts';
export * from './published.ts';
