import type { PutItemInput, Update, UpdateItemInput } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { LEASE_GRACE_MS, LEASE_SORT_KEY, leasePartition, runPartition } from '../../lib/runs/constants';
import type { RunRecord } from '../shared/run';
import type { RunEnd, RunStart } from './attempt';
import type { TrackerSettings } from './settings';

/** One of the runs that go. */
export interface LeaseHolder {
  readonly runId: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** Who runs: the item of a function with a limit on overlap. */
export interface Lease {
  /** The last fencing token that was given; 0 where there is no item yet. */
  readonly version: number;
  /** By fencing token. */
  readonly holders: Readonly<Record<string, LeaseHolder>>;
}

/** The requests of the run store: each is conditional on a legal transition. */
export class RunRequests {
  public constructor(private readonly settings: TrackerSettings) {}

  public runKey(runId: string) {
    return { TableName: this.settings.tableName, Key: marshall({ pk: runPartition(this.settings.functionName), sk: runId }) };
  }

  public leaseKey() {
    return {
      TableName: this.settings.tableName,
      Key: marshall({ pk: leasePartition(this.settings.functionName), sk: LEASE_SORT_KEY }),
    };
  }

  /** Starts the next attempt, whatever it is. */
  public start(start: RunStart): UpdateItemInput {
    const { fields, names, values } = assignments(this.startFields(start));
    return {
      ...this.runKey(start.runId),
      UpdateExpression: `SET ${fields}, #state = :running, attempt = if_not_exists(attempt, :zero) + :one REMOVE endedAt, durationMs, errorType, errorMessage`,
      ConditionExpression: 'attribute_not_exists(pk) OR #state = :failed OR (#state = :running AND leaseUntil < :now)',
      ExpressionAttributeNames: { ...names, '#state': 'state' },
      ExpressionAttributeValues: {
        ...values,
        ...marshall({ ':running': 'Running', ':failed': 'Failed', ':zero': 0, ':one': 1, ':now': start.now }),
      },
      ReturnValues: 'UPDATED_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    };
  }

  /** Starts an attempt whose number is known. */
  public startAs(start: RunStart, attempt: number, before: RunRecord | undefined): PutItemInput {
    return this.put({ ...this.startFields(start), state: 'Running', attempt }, before);
  }

  /** Takes a lease, and the place of those that have expired. */
  public take(start: RunStart, lease: Lease, expired: readonly string[]): Update & { UpdateExpression: string } {
    const token = String(lease.version + 1);
    const holder: LeaseHolder = { runId: start.runId, until: leaseUntil(start) };
    if (lease.version === 0) {
      return {
        ...this.leaseKey(),
        UpdateExpression: 'SET #version = :next, holders = :holders',
        ConditionExpression: 'attribute_not_exists(pk)',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: marshall({ ':next': 1, ':holders': { [token]: holder } }),
      };
    }
    const removed = expired.map((_, index) => `holders.#expired${index}`);
    return {
      ...this.leaseKey(),
      UpdateExpression: `SET #version = :next, holders.#token = :holder${removed.length ? ` REMOVE ${removed.join(', ')}` : ''}`,
      ConditionExpression: '#version = :version',
      ExpressionAttributeNames: {
        '#version': 'version',
        '#token': token,
        ...Object.fromEntries(expired.map((name, index) => [`#expired${index}`, name])),
      },
      ExpressionAttributeValues: marshall({ ':version': lease.version, ':next': lease.version + 1, ':holder': holder }),
    };
  }

  /** Gives a lease back. */
  public release(fencingToken: number) {
    return {
      ...this.leaseKey(),
      UpdateExpression: 'REMOVE holders.#token',
      ExpressionAttributeNames: { '#token': String(fencingToken) },
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

function leaseUntil(start: RunStart): number {
  return start.deadline + LEASE_GRACE_MS;
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
