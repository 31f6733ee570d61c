import { appendFileSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { templateSnapshot } from '../../testing';
import { scratchFolder } from '../support/scratch';
import { contextOfCdkJson, demoStack, LOCAL } from './demo';

const SYNTH_TIMEOUT_MS = 60_000;

test(
  'the template of the demo',
  () => {
    expect(templateSnapshot(demoStack())).toMatchSnapshot();
  },
  SYNTH_TIMEOUT_MS,
);

test(
  'synth has nothing to warn of',
  () => {
    expect(Annotations.fromStack(demoStack()).findWarning('*', Match.anyValue())).toEqual([]);
  },
  SYNTH_TIMEOUT_MS,
);

describe('with the check of templates that is part of the CDK', () => {
  beforeAll(() => {
    process.env.CDK_VALIDATION = 'true';
  });
  afterAll(() => {
    process.env.CDK_VALIDATION = 'false';
  });

  test.each([
    ['on AWS', {}],
    ['on this machine', LOCAL],
  ])(
    'the demo synthesizes %s: what it finds would be an error',
    (_where, context) => {
      const stack = demoStack({ ...contextOfCdkJson(), ...context, '@aws-cdk/core:validateAgainstDefaultRules': true });
      expect(() => Template.fromStack(stack)).not.toThrow();
    },
    SYNTH_TIMEOUT_MS,
  );

  test('and a stack that is wrong does not', () => {
    const stack = demoStack({ '@aws-cdk/core:validateAgainstDefaultRules': true });
    new CfnFunction(stack, 'Wrong', { code: {}, role: 'none', memorySize: 64 });
    expect(() => Template.fromStack(stack)).toThrow();
  });
});

describe('when only the code of a handler changes', () => {
  const project = process.cwd();
  let copy: string;

  beforeEach(() => {
    // Within this repository, so that the packages that the handlers import are found from there.
    copy = scratchFolder('demo');
    cpSync(join(project, 'examples', 'feeds'), join(copy, 'examples', 'feeds'), { recursive: true });
    process.chdir(copy);
  });
  afterEach(() => {
    process.chdir(project);
    rmSync(copy, { recursive: true, force: true });
  });

  test(
    'the template changes, its snapshot does not',
    () => {
      const before = demoStack();
      appendFileSync(join('examples', 'feeds', 'pull.ts'), "\nconsole.log('changed');\n");
      const after = demoStack();
      expect(codeKeys(after)).toHaveLength(3);
      expect(codeKeys(after).filter((key) => codeKeys(before).includes(key))).toHaveLength(2);
      expect(templateSnapshot(after)).toEqual(templateSnapshot(before));
    },
    SYNTH_TIMEOUT_MS,
  );
});

/** Names of the deployed bundles, which carry the hash of their content. */
function codeKeys(stack: ReturnType<typeof demoStack>): string[] {
  return Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function')).map(
    ({ Properties }) => Properties.Code.S3Key,
  );
}
