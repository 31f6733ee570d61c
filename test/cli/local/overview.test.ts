import picocolors from 'picocolors';
import { RunChanges } from '../../../cli/local/follower';
import { describeNextSteps, exampleEvent } from '../../../cli/local/next-steps';
import { localUrl } from '../../../cli/shared/local-addresses';
import type { RunRecord } from '../../../client';

const ENDPOINT = 'http://127.0.0.1:4566';
const stackWith = (...matchers: unknown[]) => ({
  stackName: 'Shop',
  environment: '',
  template: {
    Resources: { Rule: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { 'detail-type': matchers } } } },
  },
});

test.each([
  ['https://abc1.lambda-url.us-east-1.on.aws/', `${ENDPOINT}/_aws/lambda-url/abc1/`],
  ['https://abc1.lambda-url.us-east-1.on.aws/a/b', `${ENDPOINT}/_aws/lambda-url/abc1/a/b`],
  ['https://abc1.execute-api.us-east-1.amazonaws.com/prod/', `${ENDPOINT}/_aws/execute-api/abc1/prod/`],
  ['https://abc1.execute-api.us-east-1.amazonaws.com/', `${ENDPOINT}/_aws/execute-api/abc1/$default/`],
  ['wss://abc1.execute-api.us-east-1.amazonaws.com/live', 'ws://127.0.0.1:4566/_aws/execute-api/abc1/live'],
  ['https://example.com/x', 'https://example.com/x'],
])('the local URL of %s is %s', (url, local) => {
  expect(localUrl(url, ENDPOINT)).toBe(local);
});

test.each([
  [['order.created'], 'order.created'],
  [[{ wildcard: 'order.*' }], 'order.example'],
  [[{ exists: true }], undefined],
  [[{ exists: true }, 'paid'], 'paid'],
])('a matching event name for a rule on %j is %s', (matchers, name) => {
  expect(exampleEvent([stackWith(...matchers)])).toBe(name);
});

test('the example commands use the names of the app', () => {
  const lines = describeNextSteps(
    {
      endpoint: ENDPOINT,
      region: 'us-east-1',
      functions: ['Beat'],
      due: [{ name: 'Beat', time: new Date().setHours(12, 0, 10, 0) }],
      stacks: [stackWith('paid')],
      addresses: [{ name: 'Shop.Url', url: `${ENDPOINT}/_aws/lambda-url/abc1/` }],
      served: { address: 'http://127.0.0.1:9', root: 'samples' },
      watching: true,
    },
    picocolors.createColors(false),
  );
  expect(lines).toEqual([
    '',
    '  functions  Beat',
    '  next runs  Beat 12:00:10',
    `  Shop.Url   ${ENDPOINT}/_aws/lambda-url/abc1/`,
    '  served     http://127.0.0.1:9 (files of samples)',
    `  endpoint   ${ENDPOINT}`,
    '',
    '  Try, in another terminal:',
    '    npx cdk-katamari runs',
    '    npx cdk-katamari logs Beat --follow',
    '    npx cdk-katamari invoke Beat',
    `    npx cdk-katamari emit paid '{"hello": "world"}'`,
    '  To use it from the AWS CLI and the SDKs:',
    `    export AWS_ENDPOINT_URL=${ENDPOINT} AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test`,
    '',
    '  The app is redeployed when you save a file. Ctrl-C stops everything.',
    '',
  ]);
});

test('each state of a run is reported once, ordered by time', () => {
  const run = (runId: string, state: RunRecord['state'], attempt = 1): RunRecord => ({
    function: 'Beat',
    runId,
    state,
    attempt,
    trigger: 'invoke',
  });
  const changes = new RunChanges();
  const seen = (...records: RunRecord[]) => changes.among('Beat', records).map(({ runId, state }) => `${runId} ${state}`);
  expect(seen(run('c', 'Pending'), run('b', 'Running'), run('a', 'Completed'))).toEqual(['a Completed', 'b Running']);
  expect(seen(run('c', 'Running'), run('b', 'Failed'), run('a', 'Completed'))).toEqual(['b Failed', 'c Running']);
  expect(seen(run('c', 'Running'), run('b', 'Failed', 2), run('a', 'Completed'))).toEqual(['b Failed']);
  expect(changes.among('Other', [run('a', 'Completed')])).toHaveLength(1);
});
