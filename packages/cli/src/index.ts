export * from './published.ts';
