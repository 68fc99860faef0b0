export * from './compose-override.ts';
export * from './push-bundle.ts';
export * from './repositories.ts';
export * from './target.ts';
