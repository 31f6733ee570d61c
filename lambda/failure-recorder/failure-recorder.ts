import type { Logger } from '@aws-lambda-powertools/logger';
import { RETRY_TOO_EARLY } from '../../lib/runs/constants';
import { ERROR_MESSAGE_MAX, ERROR_TYPE_MAX } from '../shared/describe';
import { type Invocation, identify } from '../shared/invocation';
import { asOf, type RunRecord } from '../shared/run';
import { expiryAfter } from '../shared/table/expiry';
import { allOf, assignments, type Expression, ITEM_ABSENT } from '../shared/table/expression';
import { runKey } from '../shared/table/keys';
import type { TableClient } from '../shared/table/table-client';
import { existingItem, isConditionFailed } from '../shared/table/table-errors';
import { inState } from '../shared/table/transitions';
import { cutText } from '../shared/text';
import { errorResponse, type FailedInvocation } from './schema';

export interface FailureRecorderDependencies {
  /** The run table. */
  readonly table: Pick<TableClient, 'put' | 'update'>;
  /** Reads the name that a function has within its group; undefined if the function has been deleted. */
  readonly nameOf: (functionArn: string) => Promise<string | undefined>;
  /** Sends an event to the dead-letter queue. Undefined where Lambda does that itself. */
  readonly deadLetter?: (event: unknown, reason: Reason) => Promise<void>;
  /** Retention of run records, in days. */
  readonly retentionDays: number;
  readonly now: () => number;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

interface Reason {
  readonly errorType: string;
  readonly errorMessage: string;
}

/**
 * Records the run of an invocation that Lambda gave up as Failed, unless the run tracker has recorded an end. The tracker has not
 * where the function did not start, or where Lambda never invoked it.
 */
export async function recordFailure(failed: FailedInvocation, dependencies: FailureRecorderDependencies): Promise<void> {
  const { nameOf, deadLetter, logger } = dependencies;
  const { functionArn, requestId } = failed.requestContext;
  const reason = reasonOf(failed);
  await deadLetter?.(failed.requestPayload, reason);
  // The tracker refused a delivery that came too early. The run that it found has an end of its own.
  if (reason.errorType === RETRY_TOO_EARLY) return;
  const name = await nameOf(functionArn);
  if (name === undefined) {
    logger.warn('the run was not recorded, because its function is gone', { functionArn });
    return;
  }
  const invocation = identify(failed.requestPayload, { awsRequestId: requestId ?? '' }, timeOf(failed, dependencies));
  // Without a request id, a direct invocation can't be told from those that were recorded.
  if (invocation.runId === '') return;
  const recorded = await record(name, invocation, failed, reason, dependencies);
  const { runId } = invocation;
  logger.info(recorded ? 'run Failed' : 'the end of the run was recorded before', { function: name, runId, ...reason });
}

/** @returns false if the record of the run has an end, or belongs to another invocation */
async function record(
  name: string,
  invocation: Invocation,
  failed: FailedInvocation,
  reason: Reason,
  { table, retentionDays, now }: FailureRecorderDependencies,
): Promise<boolean> {
  const { requestId, approximateInvokeCount = 0 } = failed.requestContext;
  const { runId, trigger, eventName, scheduledTime } = invocation;
  const time = new Date(now()).toISOString();
  const key = runKey(name, runId);
  const fields: RunRecord = {
    function: name,
    runId,
    state: 'Failed',
    trigger,
    eventName,
    scheduledTime,
    startedAt: time,
    endedAt: time,
    attempt: approximateInvokeCount,
    requestId,
    ...reason,
    ...expiryAfter(retentionDays, now()),
  };
  try {
    await table.put({ item: { ...key, ...fields }, condition: ITEM_ABSENT, returnExisting: true });
    return true;
  } catch (error) {
    const existing = existingItem(error) as RunRecord | undefined;
    if (!existing) throw error;
    // The process of the last attempt was killed, and could not record why.
    const isKilled =
      existing.state === 'Running' && (existing.requestId === requestId || asOf(existing, now()).state === 'Failed');
    if (!isKilled) return false;
    return endKilled(existing, reason, time, { table, key });
  }
}

async function endKilled(
  { attempt, startedAt }: RunRecord,
  { errorType, errorMessage }: Reason,
  endedAt: string,
  { table, key }: { readonly table: Pick<TableClient, 'update'>; readonly key: ReturnType<typeof runKey> },
): Promise<boolean> {
  const durationMs = Date.parse(endedAt) - Date.parse(startedAt ?? endedAt);
  const fields = assignments({ state: 'Failed', endedAt, durationMs, errorType, errorMessage });
  const unchanged: Expression = { text: 'attempt = :attempt', values: { ':attempt': attempt } };
  try {
    await table.update({
      key,
      update: { ...fields, text: `SET ${fields.text}` },
      condition: allOf(inState('Running'), unchanged),
    });
    return true;
  } catch (error) {
    if (isConditionFailed(error)) return false;
    throw error;
  }
}

function reasonOf({ requestContext: { condition, approximateInvokeCount = 0 }, responsePayload }: FailedInvocation): Reason {
  const { errorType, errorMessage } = errorResponse.safeParse(responsePayload).data ?? {};
  const attempts = approximateInvokeCount === 1 ? '1 attempt' : `${approximateInvokeCount} attempts`;
  const ended = errorMessage === undefined ? '' : `; the last one ended with ${errorType ?? 'Error'}: ${errorMessage}`;
  const given: Reason =
    condition === 'RetriesExhausted' && (errorType ?? errorMessage) !== undefined
      ? { errorType: errorType ?? 'Error', errorMessage: errorMessage ?? '' }
      : { errorType: `Lambda.${condition}`, errorMessage: `${explain(condition)} after ${attempts}${ended}` };
  return {
    errorType: cutText(given.errorType, ERROR_TYPE_MAX),
    errorMessage: cutText(given.errorMessage, ERROR_MESSAGE_MAX),
  };
}

function explain(condition: string): string {
  if (condition === 'EventAgeExceeded') return 'Lambda discarded the event because it exceeded its maximum age';
  return `Lambda discarded the event (${condition})`;
}

function timeOf({ timestamp }: FailedInvocation, { now }: FailureRecorderDependencies): number {
  const time = Date.parse(timestamp ?? '');
  return Number.isNaN(time) ? now() : time;
}
