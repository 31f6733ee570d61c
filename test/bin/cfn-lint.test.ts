import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { virtualEnvironment } from '../../engine/python';
import { runProcess } from '../../engine/run-process';
import { AdaptersStack } from '../../examples/adapters/adapters-stack';
import { skipBundling } from '../../testing';
import { contextOfCdkJson, demoStack, LOCAL } from './demo';
import { everything } from './everything';

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

test.each([
  ['the demo on AWS', () => demoStack({ ...contextOfCdkJson(), ...skipBundling() })],
  ['the demo on this machine', () => demoStack({ ...contextOfCdkJson(), ...skipBundling(), ...LOCAL })],
  ['the demo without a feature flag', () => demoStack(skipBundling())],
  ['a stack with every option, event source and alias', () => everything()],
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
