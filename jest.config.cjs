/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // Files of a project that a test makes: run by node:test in there.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/package/consumer/'],
  transform: {
    '\\.[cm]?ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }],
  },
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  modulePathIgnorePatterns: ['<rootDir>/dist/jsii', '<rootDir>/cdk.out', '<rootDir>/.katamari'],
  globalSetup: '<rootDir>/scripts/jest-setup.cjs',
  maxWorkers: 2,
  snapshotSerializers: ['<rootDir>/testing/serializer.ts'],
};
