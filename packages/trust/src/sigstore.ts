export { publicKeyOf } from './pem-key.ts';
export * from './sigstore/judge-sigstore.ts';
export * from './sigstore/make-sigstore.ts';
