// Tests run as native ES modules on Node 24; other packages are imported from their build,
// so `pnpm build` comes first (scripts/test does it).
export default {
  testEnvironment: 'node',
  // Loading images into a real daemon takes its time on a busy machine.
  testTimeout: 180_000,
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/packages/*/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/packages/.*/dist/'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } } }],
  },
};
