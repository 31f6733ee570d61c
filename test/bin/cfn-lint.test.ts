import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, Stack, TimeZone } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { FunctionGroup, Overlap, Source } from 'cdk-katamari';
import { virtualEnvironment } from '../../engine/python';
import { runProcess } from '../../engine/run-process';
import { AdaptersStack } from '../../examples/adapters/adapters-stack';
import { skipBundling } from '../../testing';
import { contextOfCdkJson, demoStack, LOCAL } from './demo';

/** Timeout that allows for the first run on a machine, which installs cfn-lint. */
const INSTALL_TIMEOUT_MS = 300_000;
const LINT_TIMEOUT_MS = 60_000;
/** The rule against dependencies on referenced resources. `lambda.Function` of the CDK adds such a dependency to every function. */
const IGNORED = 'W3005';
/** The content of the installed script, which cannot run because it contains the path before the environment was renamed. */
const RUN = 'import sys; from cfnlint.runner import main; sys.exit(main())';

let python: string;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'katamari-cfn-lint-'));
  python = await virtualEnvironment(join('node_modules', '.cache', 'cdk-katamari', 'cfn-lint'), ['cfn-lint==1.58.0']);
}, INSTALL_TIMEOUT_MS);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function lint(template: object): Promise<string> {
  const file = join(directory, 'template.json');
  writeFileSync(file, JSON.stringify(template));
  const { code, stdout, stderr } = await runProcess(python, ['-c', RUN, '--ignore-checks', IGNORED, '--', file], {
    env: { ...process.env, PYTHONHOME: undefined, PYTHONPATH: undefined },
  });
  return code === 0 ? '' : `${stdout}${stderr}`;
}

/** Creates a stack with all options that change the template of a function or a group. */
function everything(): Stack {
  const stack = new Stack(new App({ context: skipBundling() }), 'Everything');
  const group = new FunctionGroup(stack, 'Group', {
    stage: 'test',
    runRetentionDays: 7,
    defaults: { tracing: lambda.Tracing.ACTIVE, architecture: lambda.Architecture.X86_64 },
  });
  const source = Source.typescript('examples/feeds/pull.ts');
  const start = new Date('2030-01-01T00:00:00Z');
  const end = new Date('2031-01-01T00:00:00Z');
  group.addFunction('Ticked', { source, every: '10s', start, end, payload: { a: 1 } });
  group.addFunction('Minutes', { source, every: '5m', start, end, enabled: false, overlap: Overlap.skip(3) });
  group.addFunction('Nightly', {
    source,
    schedule: ScheduleExpression.cron({ minute: '0', hour: '3', timeZone: TimeZone.EUROPE_BERLIN }),
  });
  group.addFunction('Once', { source, schedule: ScheduleExpression.at(start) });
  group.addFunction('Wild', { source, on: ['order.*', 'a\\b'], overlap: Overlap.queue(2), retryAttempts: 0 });
  group.addFunction('All', { source, on: ['*'], trackRuns: false, maxEventAge: Duration.minutes(1) });
  group.addFunction('Plain', {
    source: Source.code(lambda.Code.fromInline('exports.handler = async () => {}'), { handler: 'index.handler' }),
  });
  return stack;
}

test.each([
  ['the demo on AWS', () => demoStack({ ...contextOfCdkJson(), ...skipBundling() })],
  ['the demo on this machine', () => demoStack({ ...contextOfCdkJson(), ...skipBundling(), ...LOCAL })],
  ['the demo without a feature flag', () => demoStack(skipBundling())],
  ['a group with everything', everything],
  ['the examples of adapters', () => new AdaptersStack(new App({ context: skipBundling() }), 'Adapters')],
])(
  '%s passes cfn-lint',
  async (_name, stack) => {
    expect(await lint(Template.fromStack(stack()).toJSON())).toBe('');
  },
  LINT_TIMEOUT_MS,
);

test(
  'and a template that is wrong does not',
  async () => {
    const template = Template.fromStack(demoStack(skipBundling())).toJSON();
    for (const resource of Object.values<{ Type: string; Properties: object }>(template.Resources)) {
      if (resource.Type === 'AWS::Lambda::Function') Object.assign(resource.Properties, { MemorySize: 64 });
    }
    expect(await lint(template)).toContain('E3034');
  },
  LINT_TIMEOUT_MS,
);
