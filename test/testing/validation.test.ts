import { type App, Stack, type Stage } from 'aws-cdk-lib';
import { deployForTest } from '../../testing';

const given = process.env.CDK_VALIDATION;
afterAll(() => {
  process.env.CDK_VALIDATION = given;
});

/** What the environment has during the synth, which then fails, so that nothing is deployed. */
async function seenBySynth(): Promise<string | undefined> {
  let seen: string | undefined;
  const build = (app: App | Stage) => {
    new Stack(app, 'Shop').node.addValidation({
      validate: () => {
        seen = process.env.CDK_VALIDATION;
        return ['stop here'];
      },
    });
  };
  await expect(deployForTest(build)).rejects.toThrow('stop here');
  return seen;
}

test("the CDK's template validator is off during the synth alone", async () => {
  delete process.env.CDK_VALIDATION;
  expect(await seenBySynth()).toBe('false');
  expect(process.env.CDK_VALIDATION).toBeUndefined();
});

test('a value of the environment stays', async () => {
  process.env.CDK_VALIDATION = 'true';
  expect(await seenBySynth()).toBe('true');
  expect(process.env.CDK_VALIDATION).toBe('true');
});
