import { InvocationType, InvokeCommand, LogType } from '@aws-sdk/client-lambda';
import { invalid } from '../../lambda/shared/checks';
import { notRunOf } from '../../lambda/shared/not-run';
import { ASYNCHRONOUS_PAYLOAD_MAX_BYTES, SYNCHRONOUS_PAYLOAD_MAX_BYTES } from '../../lib/limits/constants';
import { USE_S3 } from '../shared/error-kinds';
import { AccessDeniedError } from '../shared/errors';
import { requireBytes } from '../shared/payload';
import { callAws, functionAction } from '../shared/service-errors';
import { executionReportOf } from './execution-report';
import { FunctionFailedError, type FunctionFailure } from './function-failed-error';
import { type FunctionRef, withQualifier } from './function-ref';
import { withIdempotencyKey } from './idempotency';
import type { DryRunResult, InvokeAsyncResult, InvokeOptions, InvokeRawResult, InvokeWithLogsResult } from './invocation-types';
import { RunNotStartedError } from './run-not-started-error';

/** Invokes the function and waits for its result. */
export async function invokeRaw(ref: FunctionRef, event: unknown, options?: InvokeOptions): Promise<InvokeRawResult> {
  const { result } = await invokeSynchronously(ref, event, LogType.None, options);
  return result;
}

/** @throws FunctionFailedError when the function fails, RunNotStartedError when it does not run */
export async function invoke<T>(ref: FunctionRef, event: unknown, options?: InvokeOptions): Promise<T> {
  const result = await invokeRaw(ref, event, options);
  if (result.functionError) throw failed(ref, result);
  requireRun(ref, result);
  return result.payload as T;
}

/** @throws FunctionFailedError, with the log, when the function fails, RunNotStartedError when it does not run */
export async function invokeWithLogs<T>(
  ref: FunctionRef,
  event: unknown,
  options?: InvokeOptions,
): Promise<InvokeWithLogsResult<T>> {
  const { result, logs } = await invokeSynchronously(ref, event, LogType.Tail, options);
  const report = executionReportOf(logs);
  if (result.functionError) throw failed(ref, result, { logs, report });
  requireRun(ref, result);
  const { payload, executedVersion, requestId } = result;
  return { payload: payload as T, logs, report, executedVersion, requestId };
}

export async function invokeAsync(ref: FunctionRef, event: unknown, options?: InvokeOptions): Promise<InvokeAsyncResult> {
  const { $metadata } = await send(
    ref,
    InvocationType.Event,
    toPayload(await keyed(ref, event, options), ASYNCHRONOUS_PAYLOAD_MAX_BYTES, 'an asynchronous invocation'),
  );
  return { requestId: $metadata?.requestId ?? '' };
}

export async function dryRun(ref: FunctionRef, event: unknown): Promise<DryRunResult> {
  const payload = toPayload(event, SYNCHRONOUS_PAYLOAD_MAX_BYTES, 'an invocation');
  try {
    await send(ref, InvocationType.DryRun, payload);
    return { allowed: true };
  } catch (error) {
    if (error instanceof AccessDeniedError) return { allowed: false, reason: error.message };
    throw error;
  }
}

async function invokeSynchronously(ref: FunctionRef, event: unknown, logType: LogType, options?: InvokeOptions) {
  const payload = toPayload(await keyed(ref, event, options), SYNCHRONOUS_PAYLOAD_MAX_BYTES, 'an invocation');
  const response = await send(ref, InvocationType.RequestResponse, payload, logType);
  const result: InvokeRawResult = {
    status: response.StatusCode ?? 0,
    payload: parsed(response.Payload),
    functionError: response.FunctionError,
    executedVersion: response.ExecutedVersion ?? '$LATEST',
    requestId: response.$metadata?.requestId ?? '',
    response: { ...response },
  };
  return { result, logs: Buffer.from(response.LogResult ?? '', 'base64').toString('utf8') };
}

async function keyed(ref: FunctionRef, event: unknown, { idempotencyKey }: InvokeOptions = {}): Promise<unknown> {
  return idempotencyKey === undefined ? event : withIdempotencyKey(ref, event, idempotencyKey);
}

function requireRun(ref: FunctionRef, { payload, requestId }: InvokeRawResult): void {
  const run = notRunOf(payload);
  if (run) throw new RunNotStartedError(ref.name, run, requestId || undefined);
}

function send(ref: FunctionRef, invocationType: InvocationType, payload: Uint8Array, logType?: LogType) {
  const command = new InvokeCommand({
    ...withQualifier(ref),
    InvocationType: invocationType,
    Payload: payload,
    ...(logType && { LogType: logType }),
  });
  return callAws(functionAction('invoke', ref.name), () => ref.clients.invocations.send(command));
}

function toPayload(event: unknown, max: number, what: string): Uint8Array {
  let json: string | undefined;
  try {
    json = JSON.stringify(event === undefined ? {} : event);
  } catch (error) {
    throw invalid('an event must be a JSON value', (error as Error).message);
  }
  if (json === undefined) throw invalid('an event must be a JSON value', typeof event);
  const bytes = Buffer.from(json);
  requireBytes(`the event of ${what}`, bytes.length, max, USE_S3);
  return bytes;
}

/** Parses a payload. A custom runtime may return text that is not JSON: it is returned as it is. */
function parsed(payload: Uint8Array | undefined): unknown {
  const text = Buffer.from(payload ?? []).toString('utf8');
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function failed(ref: FunctionRef, result: InvokeRawResult, more: Pick<FunctionFailure, 'logs' | 'report'> = {}) {
  const { payload, requestId, functionError = 'Unhandled' } = result;
  const reported = Object(payload) as { errorType?: unknown; errorMessage?: unknown; stackTrace?: unknown; trace?: unknown };
  const errorType = typeof reported.errorType === 'string' ? reported.errorType : 'Error';
  const errorMessage = typeof reported.errorMessage === 'string' ? reported.errorMessage : '';
  // Python and others report stackTrace, Node.js reports trace.
  const trace = [reported.stackTrace, reported.trace].find(Array.isArray) ?? [];
  return new FunctionFailedError(`function '${ref.name}' failed: ${errorType}${errorMessage && `: ${errorMessage}`}`, {
    errorType,
    errorMessage,
    stackTrace: trace.map(String),
    functionError,
    requestId: requestId || undefined,
    payload,
    ...more,
  });
}
