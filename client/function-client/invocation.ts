import { InvocationType, InvokeCommand, LogType } from '@aws-sdk/client-lambda';
import { invalid } from '../../lambda/shared/checks';
import { requireBytes } from './checks';
import { AccessDeniedError, FunctionFailedError, type FunctionFailure } from './errors';
import { executionReportOf } from './execution-report';
import { type FunctionRef, withQualifier } from './function-ref';
import type { DryRunResult, InvokeAsyncResult, InvokeRawResult, InvokeWithLogsResult } from './invocation-types';
import { attempt, ofFunction } from './service-errors';

/** Most bytes of an event. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const SYNCHRONOUS_MAX_BYTES = 6_291_456;
const ASYNCHRONOUS_MAX_BYTES = 1_048_576;

/** Invokes, and waits for the end. */
export async function invokeRaw(ref: FunctionRef, event: unknown): Promise<InvokeRawResult> {
  const { result } = await invokeSynchronously(ref, event, LogType.None);
  return result;
}

/** @throws FunctionFailedError when the function fails */
export async function invoke<T>(ref: FunctionRef, event: unknown): Promise<T> {
  const result = await invokeRaw(ref, event);
  if (result.functionError) throw failed(ref, result);
  return result.payload as T;
}

/** @throws FunctionFailedError, with the log, when the function fails */
export async function invokeWithLogs<T>(ref: FunctionRef, event: unknown): Promise<InvokeWithLogsResult<T>> {
  const { result, logs } = await invokeSynchronously(ref, event, LogType.Tail);
  const report = executionReportOf(logs);
  if (result.functionError) throw failed(ref, result, { logs, report });
  const { payload, executedVersion, requestId } = result;
  return { payload: payload as T, logs, report, executedVersion, requestId };
}

export async function invokeAsync(ref: FunctionRef, event: unknown): Promise<InvokeAsyncResult> {
  const { $metadata } = await send(
    ref,
    InvocationType.Event,
    toPayload(event, ASYNCHRONOUS_MAX_BYTES, 'an asynchronous invocation'),
  );
  return { requestId: $metadata?.requestId ?? '' };
}

export async function dryRun(ref: FunctionRef, event: unknown): Promise<DryRunResult> {
  const payload = toPayload(event, SYNCHRONOUS_MAX_BYTES, 'an invocation');
  try {
    await send(ref, InvocationType.DryRun, payload);
    return { allowed: true };
  } catch (error) {
    if (error instanceof AccessDeniedError) return { allowed: false, reason: error.message };
    throw error;
  }
}

async function invokeSynchronously(ref: FunctionRef, event: unknown, logType: LogType) {
  const payload = toPayload(event, SYNCHRONOUS_MAX_BYTES, 'an invocation');
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

function send(ref: FunctionRef, invocationType: InvocationType, payload: Uint8Array, logType?: LogType) {
  const command = new InvokeCommand({
    ...withQualifier(ref),
    InvocationType: invocationType,
    Payload: payload,
    ...(logType && { LogType: logType }),
  });
  return attempt(ofFunction('invoke', ref.name), () => ref.clients.invocations.send(command));
}

function toPayload(event: unknown, max: number, what: string): Uint8Array {
  let json: string | undefined;
  try {
    json = JSON.stringify(event === undefined ? {} : event);
  } catch (error) {
    throw invalid('an event must be JSON', (error as Error).message);
  }
  if (json === undefined) throw invalid('an event must be JSON', typeof event);
  const bytes = Buffer.from(json);
  requireBytes(`the event of ${what}`, bytes.length, max, 'Put large data into S3 and send its key.');
  return bytes;
}

/** A custom runtime may return anything; what is not JSON stays text. */
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
  const said = Object(payload) as { errorType?: unknown; errorMessage?: unknown; stackTrace?: unknown; trace?: unknown };
  const errorType = typeof said.errorType === 'string' ? said.errorType : 'Error';
  const errorMessage = typeof said.errorMessage === 'string' ? said.errorMessage : '';
  // Python and others say stackTrace, Node.js says trace.
  const trace = [said.stackTrace, said.trace].find(Array.isArray) ?? [];
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
