import type { PutItemInput, UpdateItemInput } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { runPartition } from '../../lib/runs/constants';
import type { RunRecord } from '../shared/run';
import { leaseUntil, type RunEnd, type RunStart } from './attempt';
import type { TrackerSettings } from './settings';

/**
 * How long after its start an attempt that is still Running was killed, where the same invocation comes again: Lambda
 * waits a minute or more before it does, and does so only when the attempt before has ended.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
const RETRY_AFTER_MS = 45_000;
/**
 * How long after its start an attempt that failed may be followed by that of another invocation. One that comes earlier is
 * a second delivery of the same message; one that comes later, somebody took from the dead-letter queue to run it again.
 */
export const REDRIVE_AFTER_MS = 900_000;

/** The requests for the record of a run: each is conditional on a legal transition. */
export class RunRequests {
  public constructor(private readonly settings: TrackerSettings) {}

  public runKey(runId: string) {
    return { TableName: this.settings.tableName, Key: marshall({ pk: runPartition(this.settings.functionName), sk: runId }) };
  }

  /** Starts the next attempt, whatever its number is. */
  public start(start: RunStart): UpdateItemInput {
    const { fields, names, values } = assignments(this.startFields(start));
    const next = this.nextAttempt(start);
    return {
      ...this.runKey(start.runId),
      UpdateExpression: `SET ${fields}, #state = :running, attempt = if_not_exists(attempt, :zero) + :one REMOVE endedAt, durationMs, errorType, errorMessage`,
      ConditionExpression: `attribute_not_exists(pk) OR ${next.condition}`,
      ExpressionAttributeNames: { ...names, ...next.names },
      ExpressionAttributeValues: { ...values, ...next.values, ...marshall({ ':one': 1 }) },
      ReturnValues: 'UPDATED_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    };
  }

  /**
   * Starts an attempt whose number is known.
   *
   * @param before the record of the attempt before; none for a run that is new
   */
  public startAs(start: RunStart, before: RunRecord | undefined): PutItemInput {
    const put = this.put({ ...this.startFields(start), state: 'Running', attempt: (before?.attempt ?? 0) + 1 }, before);
    if (!before) return put;
    const next = this.nextAttempt(start);
    return {
      ...put,
      ConditionExpression: `${put.ConditionExpression} AND (${next.condition})`,
      ExpressionAttributeNames: { ...put.ExpressionAttributeNames, ...next.names },
      ExpressionAttributeValues: { ...put.ExpressionAttributeValues, ...next.values },
    };
  }

  /** Ends an attempt. */
  public end(start: RunStart, attempt: number, end: RunEnd) {
    const { fields, names, values } = assignments(endFields(start, end));
    const conditions = ['#state = :running', '#attempt = :attempt', '#requestId = :requestId'];
    // Readers take a run without an end for Failed by then, and Failed never becomes Completed.
    if (end.state === 'Completed') conditions.push('leaseUntil >= :now');
    return {
      ...this.runKey(start.runId),
      UpdateExpression: `SET ${fields}`,
      ConditionExpression: conditions.join(' AND '),
      ExpressionAttributeNames: { ...names, '#state': 'state', '#attempt': 'attempt', '#requestId': 'requestId' },
      ExpressionAttributeValues: {
        ...values,
        ...marshall({
          ':running': 'Running',
          ':attempt': attempt,
          ':requestId': start.requestId,
          ...(end.state === 'Completed' && { ':now': end.now }),
        }),
      },
    };
  }

  /** A whole attempt in one write, at its end. */
  public whole(start: RunStart, end: RunEnd, attempt: number, before: RunRecord | undefined): PutItemInput {
    return this.put({ ...this.startFields(start), ...endFields(start, end), attempt }, before);
  }

  /** A run that is not to start. */
  public skip(start: RunStart, running: number): PutItemInput {
    return this.put(
      {
        ...this.startFields(start),
        state: 'Skipped',
        attempt: 0,
        errorType: 'Overlap',
        errorMessage: `${running} of at most ${this.settings.overlapLimit} runs were going`,
      },
      undefined,
    );
  }

  /** What a record says that lets this invocation make the next attempt. */
  private nextAttempt(start: RunStart) {
    const isOwn = '#requestId = :requestId';
    const mayFollow = `(${isOwn} OR startedAt <= :redrive)`;
    return {
      // The attempt 0 is a run that the dispatcher could not start: it has never run.
      condition:
        `(#state = :failed AND (attempt = :zero OR ${mayFollow}))` +
        ` OR (#state = :running AND ((leaseUntil < :now AND ${mayFollow}) OR (${isOwn} AND startedAt <= :dead)))`,
      names: { '#state': 'state', '#requestId': 'requestId' },
      values: marshall({
        ':failed': 'Failed',
        ':running': 'Running',
        ':zero': 0,
        ':requestId': start.requestId,
        ':now': start.now,
        ':dead': new Date(start.now - RETRY_AFTER_MS).toISOString(),
        ':redrive': new Date(start.now - (this.settings.local ? 0 : REDRIVE_AFTER_MS)).toISOString(),
      }),
    };
  }

  /** @param before the record that this one replaces, which must still be as it was read */
  private put(fields: Record<string, unknown> & { runId: string }, before: RunRecord | undefined): PutItemInput {
    const { TableName, Key } = this.runKey(fields.runId);
    return {
      TableName,
      Item: { ...Key, ...marshall(fields, { removeUndefinedValues: true }) },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ...(before
        ? {
            ConditionExpression: '#state = :before AND attempt = :attempt',
            ExpressionAttributeNames: { '#state': 'state' },
            ExpressionAttributeValues: marshall({ ':before': before.state, ':attempt': before.attempt }),
          }
        : { ConditionExpression: 'attribute_not_exists(pk)' }),
    };
  }

  private startFields(start: RunStart) {
    return {
      function: this.settings.functionName,
      runId: start.runId,
      trigger: start.trigger,
      eventName: start.eventName,
      scheduledTime: start.scheduledTime,
      startedAt: new Date(start.now).toISOString(),
      requestId: start.requestId,
      logStream: start.logStream,
      leaseUntil: leaseUntil(start),
      expiresAt: Math.floor(start.now / 1000) + this.settings.retentionDays * 86_400,
    };
  }
}

function endFields(start: RunStart, end: RunEnd) {
  return {
    state: end.state,
    endedAt: new Date(end.now).toISOString(),
    durationMs: end.now - start.now,
    errorType: end.errorType,
    errorMessage: end.errorMessage,
  };
}

/** The SET clause for some fields; a field that is undefined is left as it is. */
function assignments(fields: Record<string, unknown>) {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return {
    fields: given.map(([name]) => `#${name} = :${name}`).join(', '),
    names: Object.fromEntries(given.map(([name]) => [`#${name}`, name])),
    values: marshall(Object.fromEntries(given.map(([name, value]) => [`:${name}`, value]))),
  };
}
