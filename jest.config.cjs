const { fast, slow } = require('./scripts/jest-tiers.cjs');

/** @type {import('jest').Config} */
const common = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: {
    '\\.[cm]?ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }],
  },
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  modulePathIgnorePatterns: ['<rootDir>/dist/jsii', '<rootDir>/cdk.out', '<rootDir>/.katamari'],
  snapshotSerializers: ['<rootDir>/testing/serializer.ts'],
  // Not in the temporary directory, which is the run's own and goes with it.
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
};

/** @type {import('jest').Config} */
module.exports = {
  projects: [
    { ...common, displayName: 'fast', testMatch: fast, setupFiles: ['<rootDir>/scripts/jest-fast.cjs'] },
    { ...common, displayName: 'slow', testMatch: slow },
  ],
  globalSetup: '<rootDir>/scripts/jest-setup.cjs',
  globalTeardown: '<rootDir>/scripts/jest-teardown.cjs',
  testSequencer: '<rootDir>/scripts/jest-sequencer.cjs',
  // A limit against hangs: a machine that is busy with other work takes many times as long.
  testTimeout: 120_000,
  reporters: ['default', '<rootDir>/scripts/jest-slowest.cjs'],
  maxWorkers: 2,
};
