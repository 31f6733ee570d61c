import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { ENV_SHELL_SECRET_ARN, SHELL_EVENT_KEY } from '../../../lib/shell/constants';
import { lambdaContext } from '../../../testing';

const SECRET_ARN = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:shell';
const secrets = mockClient(SecretsManagerClient);
let now = Date.parse('2026-01-01T00:00:00Z');
const before = process.env[ENV_SHELL_SECRET_ARN];

beforeEach(() => {
  process.env[ENV_SHELL_SECRET_ARN] = SECRET_ARN;
  secrets.reset();
  jest.resetModules();
  // The mocked class must be the one that the shell imports, and not another one with the same name.
  jest.doMock('@aws-sdk/client-secrets-manager', () => ({ GetSecretValueCommand, SecretsManagerClient }));
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  jest.spyOn(console, 'error').mockImplementation();
  // The shell pauses after a refusal.
  jest.doMock('node:timers/promises', () => ({ setTimeout: async () => undefined }));
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => {
  if (before === undefined) delete process.env[ENV_SHELL_SECRET_ARN];
  else process.env[ENV_SHELL_SECRET_ARN] = before;
});

/** Creates a function that has just started. */
function newFunction() {
  const { withShell } = require('../../../lambda/shell') as typeof import('../../../lambda/shell');
  const invoke = withShell(async () => undefined);
  return async (secret: string): Promise<string> => {
    const event = { [SHELL_EVENT_KEY]: { secret, language: 'javascript', code: '"opened"' } };
    try {
      return String((await invoke(event, lambdaContext() as Context)).result);
    } catch (error) {
      return (error as Error).message;
    }
  };
}
const become = (SecretString: string) => secrets.on(GetSecretValueCommand, { SecretId: SECRET_ARN }).resolves({ SecretString });
const reads = () => secrets.commandCalls(GetSecretValueCommand).length;

test('a rotated secret is invalid after one minute, and the new one is valid', async () => {
  become('old');
  const open = newFunction();
  expect(await open('old')).toBe('opened');
  become('new');
  now += 59_999;
  expect([await open('old'), await open('new'), reads()]).toEqual(['opened', 'refused', 1]);
  now += 1;
  expect([await open('old'), await open('new'), reads()]).toEqual(['refused', 'opened', 2]);
});

test('a clock that is set back does not keep it valid for longer', async () => {
  become('old');
  const open = newFunction();
  expect(await open('old')).toBe('opened');
  become('new');
  now -= 60_000;
  expect(await open('old')).toBe('refused');
});

test('the shell rejects everything while the secret can’t be read', async () => {
  become('old');
  const open = newFunction();
  expect(await open('old')).toBe('opened');
  secrets.on(GetSecretValueCommand).rejects(new Error('AccessDenied'));
  now += 60_000;
  expect([await open('old'), await open('old')]).toEqual(['refused', 'refused']);
  become('old');
  expect(await open('old')).toBe('opened');
});
