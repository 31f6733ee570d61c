import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AdapterBehavior,
  type ExecuteRequest,
  type ExecuteResponse,
  type ModuleHealth,
  toExecutePayload,
  toExecuteResponse,
} from '../../../../lambda/runtime';
import { fails, queues, type Reply, refuses, request, resets, returns, useLambdaStub } from './lambda-stub';

interface Scenario {
  readonly name: string;
  readonly config: Readonly<Record<string, string | number>>;
  readonly replies: readonly string[];
  readonly calls: number;
  readonly delays_s: readonly number[];
  readonly result: ExecuteResponse;
  readonly health: Readonly<Record<string, unknown>>;
}

/** Recorded by running the original LambdaAdapter. The tests of the Python adapter use the same file. */
const vectors: {
  readonly payloads: readonly { readonly request: ExecuteRequest; readonly payload: Readonly<Record<string, unknown>> }[];
  readonly parsed: readonly { readonly response: unknown; readonly result: ExecuteResponse }[];
  readonly scenarios: readonly Scenario[];
} = JSON.parse(readFileSync(join(__dirname, '..', '..', '..', 'fixtures', 'adapter.json'), 'utf8'));

const lambda = useLambdaStub();

test('there are vectors of each kind', () => {
  expect([vectors.payloads.length, vectors.parsed.length, vectors.scenarios.length]).toEqual([7, 10, 11]);
});

test.each(vectors.payloads)('the payload of $request', async ({ request: original, payload }) => {
  const { timestamp, ...rest } = toExecutePayload(original);
  expect(rest).toEqual(payload);
  expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);

  lambda.stub.script(returns({ success: true }));
  await lambda.adapter().execute(original);
  expect(JSON.parse(lambda.stub.invocations[0]?.body ?? '')).toEqual({ ...payload, timestamp: expect.any(String) });
});

test.each(vectors.parsed)('the result for $response', async ({ response, result }) => {
  expect(toExecuteResponse(response)).toEqual(result);

  lambda.stub.script(returns(response));
  expect(await lambda.adapter().execute(request())).toEqual(result);
});

/** Option names by the names of the original, whose times are in seconds instead of milliseconds. */
const toOptions = ({ max_retries, initial_retry_delay, max_retry_delay, invocation_type }: Scenario['config']) =>
  ({
    ...(max_retries !== undefined && { maxRetries: max_retries }),
    ...(initial_retry_delay !== undefined && { initialRetryDelayMs: Number(initial_retry_delay) * 1_000 }),
    ...(max_retry_delay !== undefined && { maxRetryDelayMs: Number(max_retry_delay) * 1_000 }),
    ...(invocation_type !== undefined && { invocationType: invocation_type }),
  }) as AdapterBehavior;

const toOriginalHealth = (health: ModuleHealth) => ({
  is_healthy: health.isHealthy,
  consecutive_failures: health.consecutiveFailures,
  total_requests: health.totalRequests,
  total_failures: health.totalFailures,
  error_rate: health.errorRate,
});

/** Translates a scripted reply of the original into a reply of the stub. */
function toReply(name: string, scenario: string): Reply {
  if (name === 'ok') return returns(scenario === 'ok' ? { success: true, message: 'hi' } : { success: true });
  if (name === 'ok success=false') return returns({ success: false, error: 'nope' });
  if (name === '202') return queues;
  if (name === 'EndpointConnectionError') return resets;
  if (name === 'FunctionError Unhandled') return fails('Unhandled', { errorMessage: 'bad', errorType: 'E' });
  return refuses(name);
}

test.each(vectors.scenarios)('scenario: $name', async ({ name, config, replies, calls, delays_s, result, health }) => {
  lambda.stub.script(...replies.map((reply) => toReply(reply, name)));
  const adapter = lambda.adapter(toOptions(config));
  expect(await adapter.execute(request())).toEqual(result);
  expect(lambda.stub.invocations).toHaveLength(calls);
  expect(lambda.pauses).toEqual(delays_s.map((seconds) => seconds * 1_000));
  expect(toOriginalHealth(await adapter.health())).toEqual(health);
});

test.each(vectors.scenarios)('the options of scenario $name cover its config', ({ config }) => {
  expect(Object.keys(toOptions(config))).toHaveLength(Object.keys(config).length);
});
