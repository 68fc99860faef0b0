export * from './application.ts';
export type { KubernetesObject } from './context.ts';
export * from './convert.ts';
export type { Unmapped } from './findings.ts';
export * from './manifest-files.ts';
export * from './read-application.ts';
export type { SecretKey } from './secret-keys.ts';
export * from './yaml-text.ts';
