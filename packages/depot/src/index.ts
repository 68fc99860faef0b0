export * from './ecosystems.ts';
export * from './index-file.ts';
export * from './missing.ts';
export * from './recorded.ts';
export * from './step-scripts.ts';
export * from './tools.ts';
export * from './wrap.ts';
