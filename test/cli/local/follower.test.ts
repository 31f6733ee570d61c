import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import picocolors from 'picocolors';
import { Follower } from '../../../cli/local/follower';
import type { DeployedFunction } from '../../../cli/shared/deployed-functions';
import { until } from '../../support/until';

const settings = {
  endpoint: 'http://127.0.0.1:1',
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};
const fn = {
  name: 'Beat',
  runTable: 'runs',
  configuration: { functionName: 'app-Beat', logGroup: '/aws/lambda/app-Beat' },
} as unknown as DeployedFunction;

test('the view shows what the run tracker could not do, and no second line for a state', async () => {
  const logs = mockClient(CloudWatchLogsClient);
  const table = mockClient(DynamoDBClient);
  table.onAnyCommand().resolves({});
  table.on(QueryCommand).resolves({ Items: [] });
  const line = (fields: object) => JSON.stringify({ service: 'katamari', function: 'Beat', runId: 'r', ...fields });
  const events = [
    'START RequestId: 1',
    line({ level: 'INFO', message: 'run Completed', state: 'Completed' }),
    line({
      level: 'ERROR',
      message: 'could not record the end of the run',
      errorType: 'TimeoutError',
      errorMessage: 'no answer',
    }),
    line({ level: 'INFO', message: 'the end of the run was recorded late', state: 'Completed' }),
    'hello',
  ].map((message, index) => ({ timestamp: Date.now() + index, message, eventId: String(index) }));
  logs.on(FilterLogEventsCommand).resolves({ events });
  const shown: string[] = [];
  const follower = new Follower(settings, {
    line: (text) => shown.push(text),
    colors: picocolors.createColors(false),
    width: 100,
  });
  follower.follow([fn]);
  await until(
    'the line of the handler',
    20_000,
    () => shown,
    (lines) => lines.some((text) => text.endsWith('hello')),
  );
  await follower.stop();
  expect(shown.map((text) => text.replace(/^\S+ Beat /, ''))).toEqual([
    'could not record the end of the run: TimeoutError: no answer',
    'hello',
  ]);
});
