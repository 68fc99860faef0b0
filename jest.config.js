// Tests run as native ES modules on Node 24, on the sources of all packages: only those that run the command, or a script
// that uses a package, need a build (scripts/setup).
export default {
  testEnvironment: 'node',
  // Loading images into a real daemon takes its time on a busy machine.
  testTimeout: 180_000,
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/packages/*/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/packages/.*/dist/'],
  moduleNameMapper: {
    '^@bundle/([a-z]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^@bundle/([a-z]+)/([a-z-]+)$': '<rootDir>/packages/$1/src/$2.ts',
  },
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } } }],
  },
};
