import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type ExecutionReport, type FunctionClient, FunctionFailedError, type RunRecord, RunsClient } from '../../client';
import { sdkSettings } from '../../engine/client-settings';
import { JsonText } from '../../lambda/shared/json/json-text';
import type { FunctionOptions, InteractiveContext } from '../shared/command-context';
import { confirmAction } from '../shared/confirm';
import { clientOf, type DeployedFunction, findFunction } from '../shared/deployed-functions';
import { formatDuration } from '../shared/format';
import { readJsonArgument } from '../shared/json-argument';
import { parseLogLine } from '../shared/log-line';
import { type Output, writeJson } from '../shared/output';
import type { Target } from '../shared/target';

/** Newest runs to search for the one that was invoked: others may have started since. */
const SEARCH_LIMIT = 10;

interface InvokeOptions extends FunctionOptions {
  /** JSON argument with the event. @default - an empty event */
  readonly event?: string;
  /** Whether to return when Lambda has accepted the event. */
  readonly async?: boolean;
  /** Whether to show the end of the log of the invocation. */
  readonly logs?: boolean;
  /** Key of which one run completes. */
  readonly idempotencyKey?: string;
  /** Whether to check that the invocation is allowed, without invoking. */
  readonly dryRun?: boolean;
  /** Whether to show the stack trace of a failure. */
  readonly verbose?: boolean;
}

interface Failure {
  readonly type: string;
  readonly message: string;
  readonly stackTrace: readonly string[];
}

/** How an invocation ended. */
interface Outcome {
  readonly result?: unknown;
  readonly failure?: Failure;
  readonly requestId?: string;
  readonly logs: string;
  readonly report?: ExecutionReport;
}

/** A function to invoke, and where to show the outcome. */
interface Invocation {
  readonly fn: DeployedFunction;
  readonly client: FunctionClient;
  readonly event: JsonText;
  readonly output: Output;
  readonly options: InvokeOptions;
}

/**
 * Invokes a function and shows its result.
 *
 * @returns false when the function failed, the invocation is not allowed, or the person answers no
 */
export async function invokeFunction(context: InteractiveContext, options: InvokeOptions): Promise<boolean> {
  const { target, output } = context;
  const event = (await readJsonArgument(options.event)) ?? new JsonText('{}');
  const fn = await findFunction(target, options.name, options.group);
  const invocation = { fn, client: clientOf(fn, target), event, output, options };
  if (options.dryRun) return dryRun(invocation);
  if (!(await confirmAction(context, { text: `Invoke ${fn.configuration.functionName}` }))) return false;
  if (options.async) return invokeAsync(invocation);
  const started = Date.now();
  const outcome = await invoke(invocation);
  const durationMs = Date.now() - started;
  const shown = await withRecord(outcome, fn, started, target);
  if (options.json) printJson(invocation, shown, durationMs);
  else print(invocation, shown, durationMs);
  return shown.failure === undefined;
}

/** Always asks for the end of the log, which costs nothing. */
async function invoke({ client, event, options: { idempotencyKey } }: Invocation): Promise<Outcome> {
  try {
    const { payload, ...more } = await client.invokeWithLogs(event, { idempotencyKey });
    return { result: payload, ...more };
  } catch (error) {
    if (!(error instanceof FunctionFailedError)) throw error;
    const { errorType, errorMessage, stackTrace, requestId, logs = '', report, payload } = error;
    const message = errorMessage || (Object(payload) === payload ? '' : String(payload ?? ''));
    return { failure: { type: errorType, message, stackTrace }, requestId, logs, report };
  }
}

async function dryRun({ fn, client, event, output, options }: Invocation): Promise<boolean> {
  const { allowed, reason = null } = await client.dryRun(event);
  const { colors } = output;
  if (options.json) writeJson(output, { function: fn.name, group: fn.group ?? null, allowed, reason });
  else if (allowed) output.line(`${colors.green('allowed')} ${colors.dim(`${fn.name} was not invoked`)}`);
  else output.line(`${colors.red('not allowed')}: ${reason}`);
  return allowed;
}

async function invokeAsync({ fn, client, event, output, options }: Invocation): Promise<boolean> {
  const { requestId } = await client.invokeAsync(event, { idempotencyKey: options.idempotencyKey });
  const { colors } = output;
  const next = `show the outcome with: npx cdk-katamari ${fn.runTable ? 'runs' : 'logs'} ${fn.name}`;
  if (options.json)
    writeJson(output, { function: fn.name, group: fn.group ?? null, accepted: true, requestId: requestId || null });
  else output.line(`${colors.green('accepted')} ${colors.dim(next)}`);
  return true;
}

/**
 * The outcome with what the run record knows: MiniStack reports the same type for every error, returns another request id than the
 * one that the function has, and leaves the report out of the end of the log.
 */
async function withRecord(outcome: Outcome, fn: DeployedFunction, since: number, target: Target): Promise<Outcome> {
  if (target.kind !== 'local') return outcome;
  const { failure } = outcome;
  // The outcome is shown all the same when the table can't be read, such as while a deploy replaces it.
  const run = fn.runTable ? await recordedRun(fn.runTable, fn.name, failure, since, target).catch(() => undefined) : undefined;
  return {
    ...outcome,
    failure: failure && { ...failure, type: run?.errorType ?? failure.type },
    requestId: run?.runId,
    report: outcome.report ?? (run?.durationMs === undefined ? undefined : { durationMs: run.durationMs }),
  };
}

async function recordedRun(
  runTable: string,
  name: string,
  failure: Failure | undefined,
  since: number,
  target: Target,
): Promise<RunRecord | undefined> {
  const client = new RunsClient(runTable, new DynamoDBClient(sdkSettings(target.settings)));
  const runs = await client.list(name, { limit: SEARCH_LIMIT, since: new Date(since) });
  return runs.find(
    ({ trigger, state, errorMessage }) =>
      trigger === 'invoke' && (failure ? errorMessage === failure.message : state === 'Completed'),
  );
}

function printJson({ fn, output, options }: Invocation, outcome: Outcome, durationMs: number): void {
  const { result, failure, requestId, logs, report } = outcome;
  writeJson(output, {
    function: fn.name,
    group: fn.group ?? null,
    result: failure ? null : (result ?? null),
    error: failure ? { type: failure.type, message: failure.message } : null,
    requestId: requestId || null,
    durationMs,
    ...(options.logs && { logs, report: report ?? null }),
  });
}

function print(
  { fn, output, options }: Invocation,
  { result, failure, requestId, logs, report }: Outcome,
  durationMs: number,
): void {
  const { colors } = output;
  if (options.logs) for (const line of logLines(fn, logs)) output.line(colors.dim(line));
  if (options.logs) {
    const took = report ? describeReport(report) : `took ${formatDuration(durationMs)} with the request`;
    output.line(colors.dim(requestId ? `request ${requestId}: ${took}` : took));
  }
  if (!failure) {
    writeJson(output, result ?? null);
    return;
  }
  output.line(`${colors.red(`${fn.name} failed`)} ${colors.dim(`after ${formatDuration(durationMs)}`)}`);
  output.line([failure.type, failure.message].filter(Boolean).join(': '));
  if (options.verbose) for (const line of failure.stackTrace) output.line(colors.dim(`    ${line.trim()}`));
}

/** The lines of the handler and the run tracker, without those of Lambda. */
function logLines(fn: DeployedFunction, logs: string): string[] {
  return logs
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => parseLogLine(fn.name, 0, line))
    .filter(({ origin }) => origin !== 'platform')
    .map(({ level, text }) => (level === undefined || level === 'INFO' ? text : `${level} ${text}`));
}

/** `ran 12 ms, 240 ms to start, billed 252 ms, 65 of 256 MiB`. */
function describeReport({ durationMs, billedDurationMs, initDurationMs, memorySize, maxMemoryUsed }: ExecutionReport): string {
  return [
    `ran ${formatDuration(durationMs)}`,
    initDurationMs === undefined ? undefined : `${formatDuration(initDurationMs)} to start`,
    billedDurationMs === undefined ? undefined : `billed ${formatDuration(billedDurationMs)}`,
    memorySize === undefined || maxMemoryUsed === undefined ? undefined : `${maxMemoryUsed} of ${memorySize} MiB`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}
