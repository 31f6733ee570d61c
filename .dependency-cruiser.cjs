// Who may import whom. See CONTRIBUTING.md, "The house".
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

// What lib/index.ts does not export is private to its subsystem.
const publicParts = [...readFileSync(join(__dirname, 'lib/index.ts'), 'utf8').matchAll(/from '\.\/(.+)'/g)].map(
  ([, name]) => name,
);

// Internal files of a subsystem that others build on.
const SHARED = [
  'event/event-bus',
  'event/event-rule',
  'failure-recorder/failure-recorder',
  'function/option-names',
  'function/own-function',
  'schedule/epoch',
  'schedule/function-schedule',
  'schedule/run-schedule',
  'schedule/schedule-config',
  'shell/debug-shell',
];

// The only file of lib/ that engine/ imports beside constants: one store keeps bundles, packages and virtual environments.
const CONTENT_STORE = 'lib/packaging/content-store\\.ts$';

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-folder-circles',
      comment: 'two folders that import each other are one folder: move what both need to a third',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    {
      name: 'handlers-know-no-constructs',
      comment: 'lambda/ and every constants.ts are bundled into handlers: aws-cdk-lib would come with them',
      severity: 'error',
      from: { path: '^lambda/|^lib/.*/constants\\.ts$' },
      to: { path: 'node_modules/(aws-cdk-lib|constructs)/' },
    },
    {
      name: 'the-content-store-imports-nothing',
      comment: 'engine/ keeps virtual environments in it: aws-cdk-lib would come with any other file',
      severity: 'error',
      from: { path: `^${CONTENT_STORE}` },
      to: { pathNot: '^(node:)?(crypto|fs|path)$' },
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
      to: { path: '^(client|engine|cli|testing|bin|examples)/' },
    },
    {
      name: 'handlers-import-no-other-handler',
      comment: 'a handler may import the runtime, as the handlers of users do',
      severity: 'error',
      from: { path: '^lambda/(?!runtime/|shared/)(.+)/' },
      to: { path: '^lambda/', pathNot: '^lambda/(shared|runtime|$1)/' },
    },
    {
      name: 'shared-knows-no-runtime',
      severity: 'error',
      from: { path: '^lambda/shared/' },
      to: { path: '^lambda/runtime/' },
    },
    {
      name: 'constructs-import-no-handlers',
      comment: 'constructs reach the built handlers through lib/packaging/handler-code.ts alone',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(lambda|client|engine|cli|testing|bin|examples)/' },
    },
    {
      name: 'constants-import-nothing-of-lib',
      severity: 'error',
      from: { path: '^lib/.*/constants\\.ts$' },
      to: { path: '^lib/', pathNot: '/constants\\.ts$' },
    },
    {
      name: 'subsystems-import-no-private-parts',
      comment:
        "another subsystem's private parts: files that lib/index.ts does not export. Code that several subsystems share is in private/, packaging/ and SHARED",
      severity: 'error',
      from: { path: '^lib/([^/]+)/' },
      to: {
        path: '^lib/[^/]+/',
        pathNot: `^lib/($1|private|packaging)/|/constants\\.ts$|^lib/(${[...publicParts, ...SHARED].join('|')})\\.ts$`,
      },
    },
    {
      name: 'nothing-imports-the-command',
      comment: 'benchmarks measure it, as tests run it',
      severity: 'error',
      from: { pathNot: '^(cli|test|bench)/' },
      to: { path: '^cli/' },
    },
    {
      name: 'the-engine-knows-no-constructs',
      comment: 'the engine deploys assemblies and does not depend on constructs',
      severity: 'error',
      from: { path: '^engine/' },
      to: {
        path: '^(lib|lambda|client|cli|testing|bin|examples)/',
        pathNot: `^lib/[^/]+/constants\\.ts$|^lib/packaging/package-root\\.ts$|^${CONTENT_STORE}`,
      },
    },
    {
      name: 'clients-import-shared-code-and-constants',
      comment: 'clients act on deployed functions from outside: they need neither constructs nor handlers',
      severity: 'error',
      from: { path: '^client/' },
      to: { path: '^(lib|lambda|engine|cli|testing|bin|examples)/', pathNot: '^lambda/shared/|^lib/[^/]+/constants\\.ts$' },
    },
    {
      name: 'testing-uses-clients-and-the-engine',
      comment:
        'testing/ acts on deployed functions by client/ and engine/; of lib/ it needs constants and what lib/index.ts exports',
      severity: 'error',
      from: { path: '^testing/' },
      to: {
        path: '^(lambda|lib|bin|examples)/',
        pathNot: `^lib/index\\.ts$|^lib/[^/]+/constants\\.ts$|^lib/(${publicParts.join('|')})\\.ts$`,
      },
    },
    {
      name: 'benchmarks-use-clients-and-the-engine',
      comment: 'a benchmark measures what users can use: the runtime, and no handlers or internals of packaging',
      severity: 'error',
      from: { path: '^bench/' },
      to: { path: '^(lambda|lib/packaging)/', pathNot: '^lambda/runtime/' },
    },
    {
      name: 'nothing-imports-the-benchmarks',
      severity: 'error',
      from: { pathNot: '^bench/' },
      to: { path: '^bench/' },
    },
    {
      name: 'the-demo-and-examples-use-the-package',
      comment: "a user's app has the public names alone, by the package's name",
      severity: 'error',
      from: { path: '^(bin|examples)/' },
      to: { path: '^(lib|lambda|client|engine|testing|cli)/' },
    },
    {
      name: 'the-command-uses-clients',
      severity: 'error',
      comment: 'and what it shares with the handlers: when runs are due, and JSON that keeps its text',
      from: { path: '^cli/' },
      to: { path: '^lambda/', pathNot: '^lambda/runtime/|^lambda/shared/(grid|json/[^/]+)\\.ts$' },
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
      from: { path: '^(bin|examples|bench)/' },
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
