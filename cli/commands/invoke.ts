import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { RunsClient } from '../../lambda/runtime';
import type { CommandContext, CommonOptions } from '../command-context';
import { type DeployedFunction, findFunction } from '../discovery';
import { formatDuration } from '../format';
import { readJsonArgument } from '../json-argument';
import type { Target } from '../target';

/** Runs among which the one that was invoked is looked for: others may have started since. */
const RUNS_LOOKED_AT = 10;

export interface InvokeOptions extends CommonOptions {
  /** Whether to return as soon as the event is accepted. */
  readonly async?: boolean;
}

interface FunctionFailure {
  readonly type: string;
  readonly message: string;
  readonly stackTrace?: readonly string[];
}

/**
 * Invokes a function and shows its result.
 *
 * @returns false when the function failed
 */
export async function invokeFunction(
  { target, output }: CommandContext,
  name: string,
  argument: string | undefined,
  options: InvokeOptions & { readonly verbose?: boolean },
): Promise<boolean> {
  const event = readJsonArgument(argument) ?? {};
  const fn = await findFunction(target, name, options.group);
  // Another try after a lost answer would run the function twice.
  const client = new LambdaClient({ ...target.settings, maxAttempts: 1 });
  const started = Date.now();
  const response = await client.send(
    new InvokeCommand({
      FunctionName: fn.functionName,
      InvocationType: options.async ? 'Event' : 'RequestResponse',
      Payload: Buffer.from(JSON.stringify(event)),
    }),
  );
  const durationMs = Date.now() - started;
  const requestId = response.$metadata.requestId ?? null;
  const { colors } = output;
  if (options.async) {
    if (options.json) output.line(JSON.stringify({ function: fn.name, accepted: true, requestId }, undefined, 2));
    else output.line(`${colors.green('accepted')} ${colors.dim(`see it with: katamari runs ${fn.name}`)}`);
    return true;
  }
  const payload = parsePayload(response.Payload);
  const failure = response.FunctionError ? await knownFailure(toFailure(payload), fn, started, target) : undefined;
  if (options.json) {
    const result = failure ? null : (payload ?? null);
    const error = failure ? { type: failure.type, message: failure.message } : null;
    output.line(JSON.stringify({ function: fn.name, result, error, requestId, durationMs }, undefined, 2));
  } else if (failure) {
    output.line(`${colors.red(`${fn.name} failed`)} ${colors.dim(`after ${formatDuration(durationMs)}`)}`);
    output.line(`${failure.type}: ${failure.message}`);
    if (options.verbose) for (const line of failure.stackTrace ?? []) output.line(colors.dim(`    ${line.trim()}`));
  } else {
    output.line(JSON.stringify(payload ?? null, undefined, 2));
  }
  return failure === undefined;
}

/** The failure with the type that the run tracker has recorded: MiniStack says the same type of every error. */
async function knownFailure(
  failure: FunctionFailure,
  fn: DeployedFunction,
  since: number,
  target: Target,
): Promise<FunctionFailure> {
  if (target.kind !== 'local' || !fn.runTable) return failure;
  const client = new RunsClient(fn.runTable, new DynamoDBClient(target.settings));
  const runs = await client.list(fn.name, { limit: RUNS_LOOKED_AT, since: new Date(since) });
  const run = runs.find(({ trigger, errorMessage }) => trigger === 'invoke' && errorMessage === failure.message);
  return { ...failure, type: run?.errorType ?? failure.type };
}

/** What the function returned: JSON, or nothing. */
export function parsePayload(payload: Uint8Array | undefined): unknown {
  const text = payload ? Buffer.from(payload).toString('utf8') : '';
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function toFailure(payload: unknown): FunctionFailure {
  const { errorType, errorMessage, stackTrace } = (typeof payload === 'object' && payload !== null ? payload : {}) as {
    errorType?: string;
    errorMessage?: string;
    stackTrace?: string[];
  };
  return {
    type: errorType ?? 'Error',
    message: errorMessage ?? (typeof payload === 'string' ? payload : JSON.stringify(payload ?? null)),
    stackTrace: Array.isArray(stackTrace) ? stackTrace : undefined,
  };
}
