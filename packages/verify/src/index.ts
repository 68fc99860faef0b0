export { layoutProblems } from './image-documents.ts';
export * from './inspect.ts';
export * from './known-bundle.ts';
export * from './manifest-rules.ts';
export * from './open-manifest.ts';
export * from './signers.ts';
export * from './verify.ts';
export type { VerifyFinding } from './verify-finding.ts';
