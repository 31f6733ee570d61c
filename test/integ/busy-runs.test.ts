import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { Duration, Stack } from 'aws-cdk-lib';
import { FunctionGroup, Source } from '../../lib';
import { deployForTest, type TestDeployment } from '../../testing';
import { START_TIMEOUT_MS } from '../support/ministack';
import { until } from '../support/until';

const EVENTS = 30;
const FUNCTIONS = ['First', 'Second', 'Python'];
const ENDED_MS = 300_000;

let deployment: TestDeployment<FunctionGroup>;

beforeAll(async () => {
  deployment = await deployForTest((app) => {
    const group = new FunctionGroup(new Stack(app, 'Busy'), 'Group', { defaults: { timeout: Duration.minutes(2) } });
    for (const name of FUNCTIONS) {
      const source =
        name === 'Python'
          ? Source.python('test/integ/python/listening', { handler: 'app.handler' })
          : Source.typescript('test/integ/handlers/listen.ts');
      group.addFunction(name, { source, on: ['all.at.once'] });
    }
    return group;
  });
}, START_TIMEOUT_MS);

afterAll(() => deployment?.cleanUp());

test('runs that finish while the machine is busy are Completed, and not taken for killed', async () => {
  const client = new EventBridgeClient(deployment.clientSettings);
  const { environment } = await deployment.function('First').configuration();
  const entry = { EventBusName: environment.KATAMARI_EVENT_BUS, Source: 'test', DetailType: 'all.at.once', Detail: '{}' };
  await Promise.all(
    Array.from({ length: EVENTS / 10 }, () => client.send(new PutEventsCommand({ Entries: Array(10).fill(entry) }))),
  );
  client.destroy();
  for (const name of FUNCTIONS) {
    const runs = await until(
      `the end of ${EVENTS} runs of ${name}`,
      ENDED_MS,
      () => deployment.runs(name, { limit: 2 * EVENTS }),
      (found) => found.length === EVENTS && found.every(({ state }) => state !== 'Running'),
    );
    expect(runs.map(({ state }) => state)).toEqual(Array(EVENTS).fill('Completed'));
  }
}, 600_000);
