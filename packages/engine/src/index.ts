export * from './build.ts';
export type * from './compose.ts';
export * from './docker-engine.ts';
export * from './docker-runtime.ts';
export * from './endpoint.ts';
export type * from './engine.ts';
export * from './layout-engine.ts';
export * from './open-engine.ts';
export type * from './runtime.ts';
