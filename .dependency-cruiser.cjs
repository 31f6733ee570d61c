// Who may import whom. See CONTRIBUTING.md, "The house".
module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'handlers-know-no-constructs',
      comment: 'lambda/ and every constants.ts are bundled into handlers: aws-cdk-lib would come with them',
      severity: 'error',
      from: { path: '^lambda/|^lib/.*/constants\\.ts$' },
      to: { path: 'node_modules/(aws-cdk-lib|constructs)/' },
    },
    {
      name: 'handlers-import-constants-only',
      severity: 'error',
      from: { path: '^lambda/' },
      to: { path: '^lib/', pathNot: '^lib/[^/]+/constants\\.ts$' },
    },
    {
      name: 'handlers-import-no-command',
      severity: 'error',
      from: { path: '^lambda/' },
      to: { path: '^(cli|testing|bin|examples)/' },
    },
    {
      name: 'handlers-import-no-other-handler',
      severity: 'error',
      from: { path: '^lambda/([^/]+)/' },
      to: { path: '^lambda/', pathNot: '^lambda/(shared|$1)/' },
    },
    {
      name: 'constructs-import-no-handlers',
      comment: 'constructs reach the built handlers through lib/private/handler-code.ts alone',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(lambda|cli|testing|bin|examples)/' },
    },
    {
      name: 'constants-import-nothing-of-lib',
      severity: 'error',
      from: { path: '^lib/.*/constants\\.ts$' },
      to: { path: '^lib/', pathNot: '/constants\\.ts$' },
    },
    { name: 'nothing-imports-the-command', severity: 'error', from: { pathNot: '^(cli|test)/' }, to: { path: '^cli/' } },
    {
      name: 'the-command-uses-clients',
      severity: 'error',
      from: { path: '^cli/' },
      to: { path: '^lambda/', pathNot: '^lambda/runtime/' },
    },
    {
      name: 'the-command-imports-constants-only',
      severity: 'error',
      from: { path: '^cli/' },
      to: { path: '^lib/', pathNot: '/constants\\.ts$' },
    },
    {
      name: 'no-private-parts',
      comment: "another subsystem's private parts",
      severity: 'error',
      from: { path: '^(bin|examples|testing)/' },
      to: { path: '^lib/private/' },
    },
    {
      name: 'known-packages',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { couldNotResolve: true, pathNot: '^aws-lambda$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|^dist' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
