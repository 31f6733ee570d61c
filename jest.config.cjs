const { fast, slow } = require('./scripts/jest-tiers.cjs');

/** Folders whose branch coverage has a floor, in percent: what `npm test` reaches, rounded down. */
const FLOORS = { lib: 95, lambda: 95, client: 93, engine: 85 };
const COVERED = Object.keys(FLOORS);

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
  collectCoverageFrom: COVERED.map((folder) => `${folder}/**/*.ts`),
};

/** @type {import('jest').Config} */
module.exports = {
  projects: [
    {
      ...common,
      displayName: 'fast',
      testMatch: fast,
      setupFiles: ['<rootDir>/scripts/jest-fast.cjs'],
      setupFilesAfterEnv: ['<rootDir>/scripts/jest-fast-timeout.cjs'],
    },
    { ...common, displayName: 'slow', testMatch: slow },
  ],
  globalSetup: '<rootDir>/scripts/jest-setup.cjs',
  globalTeardown: '<rootDir>/scripts/jest-teardown.cjs',
  testSequencer: '<rootDir>/scripts/jest-sequencer.cjs',
  // Safety limit of the slow tier: a machine that is busy with other work takes many times as long as an idle one. The fast tier has
  // a shorter limit, in scripts/jest-fast-timeout.cjs.
  testTimeout: 240_000,
  reporters: ['default', '<rootDir>/scripts/jest-slowest.cjs'],
  // One more than a small machine has cores: suites that wait for the clock leave theirs to others.
  maxWorkers: 3,
  workerIdleMemoryLimit: '1500MB',
  coverageProvider: 'v8',
  collectCoverageFrom: common.collectCoverageFrom,
  coverageReporters: ['text-summary', 'json-summary'],
  coverageThreshold: Object.fromEntries(COVERED.map((folder) => [`./${folder}/`, { branches: FLOORS[folder] }])),
};
