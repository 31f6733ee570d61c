import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { LEASE_GRACE_MS, LEASE_SORT_KEY, leasePartition, runPartition } from '../../lib/runs/constants';
import { asOf, type RunRecord, type RunState } from '../shared/run';
import type { TrackerSettings } from './settings';

/** A start that lost to others this often, with 50 of them at a time, can't happen by chance. */
const MAX_LEASE_ROUNDS = 60;

/** A run that is about to start. */
export interface RunStart {
  readonly runId: string;
  readonly trigger: RunRecord['trigger'];
  readonly eventName?: string;
  readonly scheduledTime?: string;
  readonly requestId: string;
  readonly logStream: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Epoch milliseconds at which Lambda kills the attempt. */
  readonly deadline: number;
}

/** How a start went. */
export type Begun =
  | { readonly kind: 'running'; readonly attempt: number; readonly fencingToken?: number }
  /** The run goes already, or has ended: this is another delivery of it. */
  | { readonly kind: 'duplicate'; readonly state: RunState }
  | { readonly kind: 'skipped'; readonly running: number };

/** How an attempt ended. */
export interface RunEnd {
  readonly state: 'Completed' | 'Failed';
  /** Epoch milliseconds. */
  readonly now: number;
  readonly errorType?: string;
  readonly errorMessage?: string;
}

/** An attempt that goes, as its own process knows it. */
export interface RunningAttempt {
  readonly start: RunStart;
  /** Undefined where the start could not be recorded. */
  readonly attempt?: number;
  readonly fencingToken?: number;
}

interface Holder {
  readonly runId: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

/**
 * Writes the records of one function's runs. Each write is conditional on a legal transition; with a limit on overlap it
 * is one transaction over the record and the function's lease item, whose version is the fencing token.
 */
export class RunStore {
  public constructor(
    private readonly client: Pick<DynamoDBClient, 'send'>,
    private readonly settings: TrackerSettings,
    private readonly random: () => number = Math.random,
  ) {}

  /** Records the start of an attempt, unless it is a second delivery or too many runs are going. */
  public async begin(start: RunStart, signal?: AbortSignal): Promise<Begun> {
    return this.settings.overlapLimit === undefined
      ? this.beginFreely(start, signal)
      : this.beginWithLease(start, this.settings.overlapLimit, signal);
  }

  /** Records the end of an attempt, and gives its lease back. */
  public async finish(running: RunningAttempt, end: RunEnd, signal?: AbortSignal): Promise<void> {
    if (running.attempt === undefined) {
      await this.recordAtOnce(running.start, end, signal);
      return;
    }
    const update = this.endUpdate(running.start, running.attempt, end);
    try {
      if (running.fencingToken === undefined) {
        await this.client.send(new UpdateItemCommand(update), { abortSignal: signal });
      } else {
        await this.client.send(
          new TransactWriteItemsCommand({
            TransactItems: [{ Update: update }, { Update: this.releaseUpdate(running.fencingToken) }],
          }),
          { abortSignal: signal },
        );
      }
    } catch (error) {
      // The record is another attempt's by now, because this one outlived its lease; the lease is still to be given back.
      if (running.fencingToken !== undefined && failedOn(error, 'ConditionalCheckFailed')) {
        await this.client.send(new UpdateItemCommand(this.releaseUpdate(running.fencingToken)), { abortSignal: signal });
      } else if (running.fencingToken !== undefined && failedOn(error, 'TransactionConflict')) {
        await this.pause();
        await this.finish(running, end, signal);
      } else if (!(error instanceof ConditionalCheckFailedException)) {
        throw error;
      }
    }
  }

  private async beginFreely(start: RunStart, signal?: AbortSignal): Promise<Begun> {
    const { fields, names, values } = assignments(this.recordFields(start));
    try {
      const { Attributes } = await this.client.send(
        new UpdateItemCommand({
          TableName: this.settings.tableName,
          Key: this.runKey(start.runId),
          UpdateExpression: `SET ${fields}, #state = :running, attempt = if_not_exists(attempt, :zero) + :one REMOVE endedAt, durationMs, errorType, errorMessage`,
          ConditionExpression: 'attribute_not_exists(pk) OR #state = :failed OR (#state = :running AND leaseUntil < :now)',
          ExpressionAttributeNames: { ...names, '#state': 'state' },
          ExpressionAttributeValues: {
            ...values,
            ...marshall({ ':running': 'Running', ':failed': 'Failed', ':zero': 0, ':one': 1, ':now': start.now }),
          },
          ReturnValues: 'UPDATED_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
        { abortSignal: signal },
      );
      return { kind: 'running', attempt: Number(Attributes?.attempt?.N ?? 1) };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || !error.Item) throw error;
      const record = unmarshall(error.Item) as RunRecord;
      // The request that was answered too late to be heard, and was sent again.
      if (isOwn(record, start)) return { kind: 'running', attempt: record.attempt };
      return { kind: 'duplicate', state: record.state };
    }
  }

  private async beginWithLease(start: RunStart, limit: number, signal?: AbortSignal): Promise<Begun> {
    for (let round = 0; round < MAX_LEASE_ROUNDS; round++) {
      const [record, lease] = await Promise.all([this.readRun(start.runId, signal), this.readLease(signal)]);
      if (record) {
        const own = Object.entries(lease.holders).find(([, holder]) => holder.runId === start.runId);
        if (isOwn(record, start) && own) return { kind: 'running', attempt: record.attempt, fencingToken: Number(own[0]) };
        if (asOf(record, start.now).state !== 'Failed') return { kind: 'duplicate', state: record.state };
      }
      const holders = Object.entries(lease.holders);
      const expired = holders.filter(([, holder]) => holder.until < start.now).map(([token]) => token);
      const running = holders.length - expired.length;
      if (running >= limit) {
        // A retry that finds others going stays Failed: it has run, so it was not skipped.
        if (!record) await this.recordSkip(start, running, signal);
        return { kind: 'skipped', running };
      }
      const attempt = (record?.attempt ?? 0) + 1;
      try {
        await this.client.send(
          new TransactWriteItemsCommand({
            TransactItems: [this.startPut(start, attempt, record), { Update: this.takeUpdate(start, lease.version, expired) }],
          }),
          { abortSignal: signal },
        );
        return { kind: 'running', attempt, fencingToken: lease.version + 1 };
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        // Another start was faster: look again.
        await this.pause();
      }
    }
    throw new Error(`no lease after ${MAX_LEASE_ROUNDS} rounds`);
  }

  private async readRun(runId: string, signal?: AbortSignal): Promise<RunRecord | undefined> {
    const { Item } = await this.client.send(
      new GetItemCommand({ TableName: this.settings.tableName, Key: this.runKey(runId), ConsistentRead: true }),
      { abortSignal: signal },
    );
    return Item && (unmarshall(Item) as RunRecord);
  }

  private async readLease(signal?: AbortSignal): Promise<{ version: number; holders: Record<string, Holder> }> {
    const { Item } = await this.client.send(
      new GetItemCommand({ TableName: this.settings.tableName, Key: this.leaseKey(), ConsistentRead: true }),
      { abortSignal: signal },
    );
    if (Item) return unmarshall(Item) as { version: number; holders: Record<string, Holder> };
    // The item is made once in the life of a function: a map must exist before a holder can be put into it.
    const empty = { version: 0, holders: {} };
    await this.client
      .send(
        new PutItemCommand({
          TableName: this.settings.tableName,
          Item: { ...this.leaseKey(), ...marshall(empty) },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
        { abortSignal: signal },
      )
      .catch((error) => {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      });
    return empty;
  }

  private async recordSkip(start: RunStart, running: number, signal?: AbortSignal): Promise<void> {
    await this.put(
      {
        ...this.recordFields(start),
        state: 'Skipped',
        attempt: 0,
        errorType: 'Overlap',
        errorMessage: `${running} of at most ${this.settings.overlapLimit} runs were going`,
      },
      signal,
    );
  }

  /** The whole run in one write, at its end: the table could not be reached at its start. */
  private async recordAtOnce(start: RunStart, end: RunEnd, signal?: AbortSignal): Promise<void> {
    await this.put({ ...this.recordFields(start), ...endFields(start, end), attempt: 1 }, signal);
  }

  private async put(fields: Record<string, unknown>, signal?: AbortSignal): Promise<void> {
    await this.client
      .send(
        new PutItemCommand({
          TableName: this.settings.tableName,
          Item: { ...this.runKey(String(fields.runId)), ...marshall(fields, { removeUndefinedValues: true }) },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
        { abortSignal: signal },
      )
      .catch((error) => {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      });
  }

  private startPut(start: RunStart, attempt: number, before: RunRecord | undefined) {
    return {
      Put: {
        TableName: this.settings.tableName,
        Item: {
          ...this.runKey(start.runId),
          ...marshall({ ...this.recordFields(start), state: 'Running', attempt }, { removeUndefinedValues: true }),
        },
        ...(before
          ? {
              ConditionExpression: '#state = :before AND attempt = :attempt',
              ExpressionAttributeNames: { '#state': 'state' },
              ExpressionAttributeValues: marshall({ ':before': before.state, ':attempt': before.attempt }),
            }
          : { ConditionExpression: 'attribute_not_exists(pk)' }),
      },
    };
  }

  private takeUpdate(start: RunStart, version: number, expired: readonly string[]) {
    const removed = expired.map((_, index) => `holders.#expired${index}`);
    return {
      TableName: this.settings.tableName,
      Key: this.leaseKey(),
      UpdateExpression: `SET #version = :next, holders.#token = :holder${removed.length ? ` REMOVE ${removed.join(', ')}` : ''}`,
      ConditionExpression: '#version = :version',
      ExpressionAttributeNames: {
        '#version': 'version',
        '#token': String(version + 1),
        ...Object.fromEntries(expired.map((token, index) => [`#expired${index}`, token])),
      },
      ExpressionAttributeValues: marshall({
        ':version': version,
        ':next': version + 1,
        ':holder': { runId: start.runId, until: leaseUntil(start) },
      }),
    };
  }

  private releaseUpdate(fencingToken: number) {
    return {
      TableName: this.settings.tableName,
      Key: this.leaseKey(),
      UpdateExpression: 'REMOVE holders.#token',
      ExpressionAttributeNames: { '#token': String(fencingToken) },
    };
  }

  private endUpdate(start: RunStart, attempt: number, end: RunEnd) {
    const { fields, names, values } = assignments(endFields(start, end));
    return {
      TableName: this.settings.tableName,
      Key: this.runKey(start.runId),
      UpdateExpression: `SET ${fields}`,
      ConditionExpression: '#state = :running AND #attempt = :attempt AND #requestId = :requestId',
      ExpressionAttributeNames: { ...names, '#state': 'state', '#attempt': 'attempt', '#requestId': 'requestId' },
      ExpressionAttributeValues: {
        ...values,
        ...marshall({ ':running': 'Running', ':attempt': attempt, ':requestId': start.requestId }),
      },
    };
  }

  private recordFields(start: RunStart) {
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

  private runKey(runId: string) {
    return marshall({ pk: runPartition(this.settings.functionName), sk: runId });
  }

  private leaseKey() {
    return marshall({ pk: leasePartition(this.settings.functionName), sk: LEASE_SORT_KEY });
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 5 + this.random() * 45));
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

/** The same attempt of the same invocation. */
function isOwn(record: RunRecord, start: RunStart): boolean {
  return (
    record.state === 'Running' && record.requestId === start.requestId && record.startedAt === new Date(start.now).toISOString()
  );
}

function failedOn(error: unknown, code: string): boolean {
  return (
    error instanceof TransactionCanceledException && (error.CancellationReasons ?? []).some((reason) => reason.Code === code)
  );
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
