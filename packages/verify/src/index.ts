export * from './inspect.ts';
export * from './manifest-rules.ts';
export * from './open-manifest.ts';
export * from './verify.ts';
