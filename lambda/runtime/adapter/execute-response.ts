import { parseJson } from '../../shared/json/parse-json';
import type { AnsweredCall, ExecuteFailure, ExecuteResponse } from './types';

/** Response to an event that Lambda has queued. */
export const QUEUED = { success: true, message: 'Lambda function queued' } as const;

/** Converts the payload that a module returned, an object or the JSON of one, in the same way as the original LambdaAdapter. */
export function toExecuteResponse(payload: unknown, { runId }: AnsweredCall = {}): ExecuteResponse {
  let answer = payload;
  if (typeof payload === 'string') {
    try {
      answer = parseJson(payload);
    } catch (error) {
      return failed(`Failed to parse Lambda response as JSON: ${(error as Error).message}`);
    }
  }
  if (!isObject(answer)) return failed('Lambda response must be a dictionary');
  const { success = false, message = null, ...data } = answer;
  return {
    // Passed on as it is: a module may return a value other than true and false.
    success: success as boolean,
    message: message as string | null,
    data: Object.keys(data).length > 0 ? data : null,
    error: success ? null : ((data.error ?? 'Unknown error') as string),
    targets: toTargets(data.targets),
    ...(runId !== undefined && { runId }),
  };
}

/** Creates the response to a failed call. */
export function failed(error: string): ExecuteFailure {
  return { success: false, message: null, data: null, error, targets: [] };
}

function toTargets(targets: unknown): Record<string, unknown>[] {
  const list: unknown[] = Array.isArray(targets) ? targets : [targets];
  return list.flatMap((target) => (typeof target === 'string' ? [{ type: target }] : isObject(target) ? [target] : []));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
