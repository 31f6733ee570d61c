import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListQueuesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Duration, Stack } from 'aws-cdk-lib';
import { type RunRecord, RunsClient } from '../../client';
import { FunctionGroup, Overlap, Source } from '../../lib';
import { ENV_RUN_TABLE } from '../../lib/runs/constants';
import { deployForTest, type TestDeployment } from '../../testing';
import { byBus, byKey } from '../support/deliveries';
import { until } from '../support/until';

const TIMEOUT_S = 4;
const RACERS = 50;
const LIMIT = 3;
const ENDED_MS = 60_000;
const RACE_MS = 240_000;

let deployment: TestDeployment;

beforeAll(async () => {
  deployment = await deployForTest((app) => {
    const stack = new Stack(app, 'Runs');
    const group = new FunctionGroup(stack, 'Group', { defaults: { timeout: Duration.seconds(TIMEOUT_S) } });
    const misbehave = Source.typescript('test/integ/handlers/misbehave.ts');
    const listen = Source.typescript('test/integ/handlers/listen.ts');
    group.addFunction('Free', { source: misbehave });
    group.addFunction('Limited', { source: misbehave, overlap: Overlap.skip(LIMIT), timeout: Duration.minutes(5) });
    group.addFunction('Single', { source: misbehave, overlap: Overlap.skip(1) });
    group.addFunction('Untracked', { source: misbehave, trackRuns: false });
    group.addFunction('Speaker', { source: Source.typescript('test/integ/handlers/speak.ts'), timeout: Duration.seconds(30) });
    group.addFunction('Exact', { source: listen, on: ['order.created'] });
    group.addFunction('Wildcard', { source: listen, on: ['order.*', 'other'] });
    group.addFunction('Everything', { source: listen, on: ['*'] });
    group.addFunction('Pages', { source: Source.typescript('test/integ/handlers/pages.ts'), on: ['pages.asked'] });
    group.addFunction('Refuser', { source: Source.typescript('test/integ/handlers/refuse.ts'), on: ['refuse.me'] });
    return stack;
  });
}, 180_000);

afterAll(() => deployment?.cleanUp());

const runsOf = (name: string) => deployment.runs(name, { limit: 200 });
const ended = (runs: RunRecord[]) => runs.every(({ state }) => state !== 'Running' && state !== 'Pending');

/** Invokes a function and returns the record of the run once it has ended. */
async function runOnce(name: string, event: unknown): Promise<RunRecord> {
  const before = new Set((await runsOf(name)).map(({ runId }) => runId));
  await deployment
    .function(name)
    .invokeRaw(event)
    .catch(() => undefined);
  const news = (runs: RunRecord[]) => runs.filter(({ runId }) => !before.has(runId));
  const found = news(
    await until(
      `the end of a run of ${name}`,
      ENDED_MS,
      () => runsOf(name),
      (runs) => news(runs).length === 1 && ended(news(runs)),
    ),
  );
  expect(found).toHaveLength(1);
  return found[0] as RunRecord;
}

describe('a handler that', () => {
  test('returns is Completed', async () => {
    const run = await runOnce('Free', { do: 'return' });
    expect(run).toMatchObject({ function: 'Free', state: 'Completed', trigger: 'invoke', attempt: 1 });
    expect(run.durationMs).toBe(Date.parse(run.endedAt as string) - Date.parse(run.startedAt as string));
    expect(run.requestId).toBe(run.runId);
    expect(run.logStream).toBeTruthy();
    expect(run.expiresAt).toBeGreaterThan(Date.now() / 1000 + 29 * 86_400);
  });

  test('throws is Failed with its error', async () => {
    expect(await runOnce('Free', { do: 'throw' })).toMatchObject({
      state: 'Failed',
      errorType: 'TypeError',
      errorMessage: 'thrown as told',
    });
  });

  test('exceeds its timeout is Failed before Lambda kills it', async () => {
    const run = await runOnce('Free', { do: 'sleep', ms: 60_000 });
    expect(run).toMatchObject({
      state: 'Failed',
      errorType: 'Sandbox.Timedout',
      errorMessage: 'Task timed out after 4.00 seconds',
    });
    expect(run.durationMs).toBe(Date.parse(run.endedAt as string) - Date.parse(run.startedAt as string));
  });

  test('blocks until it is killed is Failed once its lease has expired', async () => {
    const run = await runOnce('Free', { do: 'block', ms: 60_000 });
    expect(run).toMatchObject({ state: 'Failed', errorType: 'Runtime.ExitError' });
    expect(run.errorMessage).toContain('no end was recorded by the deadline');
  });

  test('ends the process is Failed, with the exit code', async () => {
    expect(await runOnce('Free', { do: 'exit' })).toMatchObject({
      state: 'Failed',
      errorType: 'Runtime.ExitError',
      errorMessage: 'the process exited with code 3 while the handler was running',
    });
  });

  test('is killed is Failed once its lease has expired', async () => {
    expect(await runOnce('Free', { do: 'kill' })).toMatchObject({ state: 'Failed', errorType: 'Runtime.ExitError' });
  });
});

test('a function that is not tracked leaves no record', async () => {
  expect(await deployment.function('Untracked').invoke({ do: 'return' })).toBeNull();
  const { environment } = await deployment.function('Free').configuration();
  const client = new DynamoDBClient(deployment.clientSettings);
  await expect(new RunsClient(environment[ENV_RUN_TABLE] as string, client).list('Untracked')).resolves.toEqual([]);
  client.destroy();
});

describe('overlap', () => {
  test(
    `${RACERS} concurrent starts with skip(${LIMIT}): at most ${LIMIT} run at a time, the others are Skipped`,
    async () => {
      const limited = deployment.function('Limited');
      const file = join(tmpdir(), `race-${randomUUID()}`);
      // With a key, a retry is an attempt of the same run in MiniStack as well.
      const race = () => byKey(randomUUID(), { do: 'hold', file });
      await Promise.all(Array.from({ length: RACERS }, () => limited.invokeAsync(race())));
      // Runs with a slot continue until all others have tried to start, no matter how slow the machine is.
      await until(
        `the start of ${RACERS} runs`,
        RACE_MS,
        () => runsOf('Limited'),
        (found) => found.length === RACERS && found.every(({ state }) => state === 'Running' || state === 'Skipped'),
      );
      writeFileSync(file, '');
      const runs = await until(
        'the end of those that had a slot',
        RACE_MS,
        () => runsOf('Limited'),
        (found) => found.every(({ state }) => state === 'Completed' || state === 'Skipped'),
      );
      expect(runs).toHaveLength(RACERS);

      const completed = runs.filter(({ state }) => state === 'Completed');
      const skipped = runs.filter(({ state }) => state === 'Skipped');
      expect(completed.length).toBeGreaterThanOrEqual(LIMIT);
      expect(skipped.length).toBeGreaterThan(0);
      expect(skipped[0]).toMatchObject({
        errorType: 'Overlap',
        errorMessage: `${LIMIT} of at most ${LIMIT} runs were running`,
        attempt: 0,
      });

      // For each run, the number of runs in progress at its start, including itself.
      const going = completed.map(
        ({ startedAt: start = '' }) =>
          completed.filter((other) => (other.startedAt ?? '') <= start && (other.endedAt ?? '') > start).length,
      );
      expect(Math.max(...going)).toBeLessThanOrEqual(LIMIT);
    },
    2 * RACE_MS + 60_000,
  );

  test('the slot of a killed run becomes free again', async () => {
    expect(await runOnce('Single', { do: 'kill' })).toMatchObject({ state: 'Failed' });
    expect(await runOnce('Single', { do: 'return' })).toMatchObject({ state: 'Completed' });
  });

  test('fencing tokens increase from run to run', async () => {
    const token = async () => {
      const { fencingToken } = await deployment.function('Single').invoke<{ fencingToken: number }>({ do: 'return' });
      return fencingToken;
    };
    const [first, second] = [await token(), await token()];
    expect(first).toBeGreaterThan(0);
    expect(second).toBeGreaterThan(first);
  });
});

describe('events', () => {
  test('start the functions that subscribe by name, by wildcard, or to all events', async () => {
    const tag = randomUUID();
    const names = ['order.created', `order.${tag}`, 'other', `unheard.${tag}`];
    const ids = await deployment.function('Speaker').invoke<string[]>({ names });
    expect(ids).toHaveLength(4);

    const heard = async (listener: string, count: number) => {
      const runs = await until(
        `${count} runs of ${listener}`,
        ENDED_MS,
        () => runsOf(listener),
        (found) => found.length >= count && ended(found),
      );
      expect(runs.every(({ state, trigger }) => state === 'Completed' && trigger === 'event')).toBe(true);
      return runs.map(({ runId, eventName }) => `${eventName} ${runId}`).sort();
    };
    const all = names.map((name, index) => `${name} ${ids[index]}`);
    expect(await heard('Exact', 1)).toEqual(all.slice(0, 1));
    expect(await heard('Wildcard', 3)).toEqual(all.slice(0, 3).sort());
    expect(await heard('Everything', 4)).toEqual([...all].sort());
  });

  test('that a handler passes on to itself with the next page are runs of their own', async () => {
    const detail = { pages: 3, text: 'with "quotes", <marks> and \\ in it' };
    const [id] = await deployment.function('Speaker').invoke<string[]>({ names: ['pages.asked'], detail });
    const runs = await until(
      'the runs of three pages',
      ENDED_MS,
      () => runsOf('Pages'),
      (found) => found.length >= 3 && ended(found),
    );
    expect(runs.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual(['Completed 1', 'Completed 1', 'Completed 1']);
    expect(runs.map(({ trigger }) => trigger).sort()).toEqual(['event', 'invoke', 'invoke']);
    expect(runs.find(({ trigger }) => trigger === 'event')?.runId).toBe(id);
  });

  test('start one run each time that they are invoked by hand, and one for each idempotency key', async () => {
    const exact = deployment.function('Free');
    const event = { id: randomUUID(), source: 'test', 'detail-type': 'order.created', detail: {}, do: 'return' };
    const invoke = async (given: unknown) => (await exact.invoke<{ runId: string; state?: string }>(given)).runId;
    expect(await invoke(event)).not.toBe(await invoke(event));
    const key = randomUUID();
    expect(await invoke(byKey(key, event))).toBe(`key:${key}`);
    await expect(exact.invoke(byKey(key, event))).rejects.toMatchObject({
      name: 'RunNotStartedError',
      runId: `key:${key}`,
      state: 'Completed',
    });
  });

  test('whose attempts all fail are one run, and end in the dead-letter queue', async () => {
    // EventBridge in MiniStack delivers an event once. The asynchronous invocation that it stands for retries in MiniStack as well.
    const event = { id: randomUUID(), source: 'test', 'detail-type': 'refuse.me', detail: { n: 1 } };
    await deployment.function('Refuser').invokeAsync(byBus(event));
    const runs = await until(
      'the third attempt',
      ENDED_MS,
      () => runsOf('Refuser'),
      (found) => found[0]?.attempt === 3 && ended(found),
    );
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({
      runId: event.id,
      state: 'Failed',
      attempt: 3,
      errorMessage: 'refused as always',
      eventName: 'refuse.me',
    });

    const sqs = new SQSClient(deployment.clientSettings);
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    const QueueUrl = QueueUrls.find((url) => url.includes('DeadLetters'));
    const { Messages = [] } = await until(
      'a dead letter',
      ENDED_MS,
      () => sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 })),
      ({ Messages: found = [] }) => found.length > 0,
    );
    expect(Messages[0]?.Body).toContain(event.id);
    sqs.destroy();
  });
});
