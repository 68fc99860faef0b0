export * from './build.ts';
export type * from './compose.ts';
export type * from './containers.ts';
export * from './docker/containers.ts';
export * from './docker/engine.ts';
export * from './endpoint.ts';
export type * from './engine.ts';
export * from './oci-layout/engine.ts';
export * from './open-engine.ts';
