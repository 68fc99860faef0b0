export * from './sign-bundle.ts';
export * from './sign-manifest.ts';
export { type KeygenContext, makeKey } from './ssh-keygen.ts';
