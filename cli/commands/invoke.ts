import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type ExecutionReport, type FunctionClient, FunctionFailedError, RunsClient } from '../../client';
import { ENV_RUN_TABLE } from '../../lib/runs/constants';
import type { CommandContext, CommonOptions } from '../shared/command-context';
import { formatDuration } from '../shared/format';
import { readJsonArgument } from '../shared/json-argument';
import { parseLogLine } from '../shared/log-line';
import { clientOf, findOperated, type OperatedFunction } from '../shared/operated-functions';
import type { Output } from '../shared/output';
import type { Target } from '../shared/target';

/** Runs among which the one that was invoked is looked for: others may have started since. */
const RUNS_LOOKED_AT = 10;

export interface InvokeOptions extends CommonOptions {
  /** Whether to return as soon as the event is accepted. */
  readonly async?: boolean;
  /** Whether to show the end of the log of the invocation. */
  readonly logs?: boolean;
  /** Whether only to ask if the invocation would be allowed. */
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
interface Ended {
  readonly result?: unknown;
  readonly failure?: Failure;
  readonly requestId?: string;
  readonly logs: string;
  readonly report?: ExecutionReport;
}

/**
 * Invokes a function and shows its result.
 *
 * @returns false when the function failed, or may not be invoked
 */
export async function invokeFunction(
  { target, output }: CommandContext,
  name: string,
  argument: string | undefined,
  options: InvokeOptions,
): Promise<boolean> {
  const event = readJsonArgument(argument) ?? {};
  const fn = await findOperated(target, name, options.group);
  const client = clientOf(fn, target);
  if (options.dryRun) return tryOut(client, fn, event, output, options);
  if (options.async) return handOver(client, fn, event, output, options);
  const started = Date.now();
  const ended = await invoke(client, event);
  const durationMs = Date.now() - started;
  const failure = ended.failure && (await withKnownType(ended.failure, fn, started, target));
  if (options.json) printJson(fn, { ...ended, failure }, durationMs, output, options);
  else print(fn, { ...ended, failure }, durationMs, output, options);
  return failure === undefined;
}

/** The end of the log comes along in any case: it costs nothing. */
async function invoke(client: FunctionClient, event: unknown): Promise<Ended> {
  try {
    const { payload, ...more } = await client.invokeWithLogs(event);
    return { result: payload, ...more };
  } catch (error) {
    if (!(error instanceof FunctionFailedError)) throw error;
    const { errorType, errorMessage, stackTrace, requestId, logs = '', report, payload } = error;
    const message = errorMessage || (Object(payload) === payload ? '' : String(payload ?? ''));
    return { failure: { type: errorType, message, stackTrace }, requestId, logs, report };
  }
}

async function tryOut(
  client: FunctionClient,
  fn: OperatedFunction,
  event: unknown,
  output: Output,
  options: InvokeOptions,
): Promise<boolean> {
  const { allowed, reason = null } = await client.dryRun(event);
  const { colors } = output;
  if (options.json) output.line(JSON.stringify({ function: fn.name, allowed, reason }, undefined, 2));
  else if (allowed) output.line(`${colors.green('allowed')} ${colors.dim(`${fn.name} was not invoked`)}`);
  else output.line(`${colors.red('not allowed')}: ${reason}`);
  return allowed;
}

async function handOver(
  client: FunctionClient,
  fn: OperatedFunction,
  event: unknown,
  output: Output,
  options: InvokeOptions,
): Promise<boolean> {
  const { requestId } = await client.invokeAsync(event);
  const { colors } = output;
  const { [ENV_RUN_TABLE]: runTable } = fn.configuration.environment;
  const see = `see it with: katamari ${runTable ? 'runs' : 'logs'} ${fn.name}`;
  if (options.json) {
    output.line(JSON.stringify({ function: fn.name, accepted: true, requestId: requestId || null }, undefined, 2));
  } else output.line(`${colors.green('accepted')} ${colors.dim(see)}`);
  return true;
}

/** The failure with the type that the run tracker has recorded: MiniStack says the same type of every error. */
async function withKnownType(failure: Failure, fn: OperatedFunction, since: number, target: Target): Promise<Failure> {
  const { [ENV_RUN_TABLE]: runTable } = fn.configuration.environment;
  if (target.kind !== 'local' || !runTable) return failure;
  const client = new RunsClient(runTable, new DynamoDBClient(target.settings));
  const runs = await client.list(fn.name, { limit: RUNS_LOOKED_AT, since: new Date(since) });
  const run = runs.find(({ trigger, errorMessage }) => trigger === 'invoke' && errorMessage === failure.message);
  return { ...failure, type: run?.errorType ?? failure.type };
}

function printJson(fn: OperatedFunction, ended: Ended, durationMs: number, output: Output, options: InvokeOptions): void {
  const { result, failure, requestId, logs, report } = ended;
  const shown = {
    function: fn.name,
    result: failure ? null : (result ?? null),
    error: failure ? { type: failure.type, message: failure.message } : null,
    requestId: requestId || null,
    durationMs,
    ...(options.logs && { logs, report: report ?? null }),
  };
  output.line(JSON.stringify(shown, undefined, 2));
}

function print(fn: OperatedFunction, ended: Ended, durationMs: number, output: Output, options: InvokeOptions): void {
  const { result, failure, logs, report } = ended;
  const { colors } = output;
  if (options.logs) for (const line of logLines(fn, logs)) output.line(colors.dim(line));
  if (options.logs && report) output.line(colors.dim(describeReport(report)));
  if (!failure) {
    output.line(JSON.stringify(result ?? null, undefined, 2));
    return;
  }
  output.line(`${colors.red(`${fn.name} failed`)} ${colors.dim(`after ${formatDuration(durationMs)}`)}`);
  output.line([failure.type, failure.message].filter(Boolean).join(': '));
  if (options.verbose) for (const line of failure.stackTrace) output.line(colors.dim(`    ${line.trim()}`));
}

/** What the handler and the run tracker have written, without what Lambda says around it. */
function logLines(fn: OperatedFunction, logs: string): string[] {
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
