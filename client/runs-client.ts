import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientSettings } from '../lambda/shared/client-settings';
import { KatamariError } from '../lambda/shared/errors';
import { gridPoints } from '../lambda/shared/grid';
import { asOf, type RunRecord } from '../lambda/shared/run';
import type { SdkClient } from '../lambda/shared/sdk-client';
import { isExpired } from '../lambda/shared/table/expiry';
import { allOf, type Expression } from '../lambda/shared/table/expression';
import type { Item } from '../lambda/shared/table/item';
import { runKey, tickPlanKey, tickStateKey } from '../lambda/shared/table/keys';
import { sdkReader } from '../lambda/shared/table/sdk-reader';
import type { TableReader } from '../lambda/shared/table/table-reader';
import type { TickPlan } from '../lambda/shared/tick-plan';
import {
  BY_START_INDEX,
  BY_START_PARTITION_KEY,
  BY_START_SORT_KEY,
  PARTITION_KEY,
  type RunState,
  SORT_KEY,
} from '../lib/runs/constants';
import { CATCH_UP_MS } from '../lib/ticker/constants';

/** Options of `RunsClient.list`. */
export interface ListRunsOptions {
  /**
   * Maximum number of runs: a whole number from 1 up. At most half of them are Pending, unless there are fewer others.
   *
   * @default 50
   */
  readonly limit?: number;
  /** Lists the runs that started at this time or later. @default - all runs that the table keeps */
  readonly since?: Date;
  /** Lists the runs that started before this time, and no Pending ones. @default - the newest runs */
  readonly before?: Date;
  /**
   * Lists the runs in this state. The search goes on until `limit` runs are found, or all runs that the table keeps have been
   * looked at.
   *
   * @default - every state
   */
  readonly state?: RunState;
}

/** Records of one request when runs in a state are looked for. */
const SEARCH_PAGE = 1_000;

let shared: SdkClient | undefined;

/** The client of all RunsClients without another one. */
function sharedClient(): SdkClient {
  shared ??= new DynamoDBClient(clientSettings({}));
  return shared;
}

/** Reads the run table of a group. */
export class RunsClient {
  private readonly table: TableReader;

  /** @param tableName name of the group's run table */
  public constructor(
    tableName: string,
    client: SdkClient = sharedClient(),
    private readonly now: () => number = Date.now,
  ) {
    this.table = sdkReader(client, tableName);
  }

  /**
   * Lists the runs of a function: first those that the ticker has enqueued and that have not started (Pending), then the
   * others, newest first. A run whose process was killed is Failed.
   *
   * @throws KatamariError when `limit` is not a whole number from 1 up
   */
  public async list(functionName: string, options: ListRunsOptions = {}): Promise<RunRecord[]> {
    const limit = options.limit ?? 50;
    if (!Number.isInteger(limit) || limit < 1) throw new KatamariError(`limit must be a whole number from 1 up, got: ${limit}`);
    const { state, before } = options;
    const [pending, started] = await Promise.all([
      before || (state && state !== 'Pending') ? [] : this.pending(functionName),
      state === 'Pending' ? [] : this.started(functionName, limit, options),
    ]);
    // A run may have started between the two responses.
    const ids = new Set(started.map((record) => record.runId));
    const waiting = pending.filter((record) => !ids.has(record.runId));
    // A short interval has more Pending runs than fit: those that are due first are listed.
    const listed = waiting.slice(0, Math.max(limit - started.length, Math.floor(limit / 2)));
    return [...listed.reverse(), ...started].slice(0, limit);
  }

  /** Gets a run. @returns undefined if the table has no record of it */
  public async get(functionName: string, runId: string): Promise<RunRecord | undefined> {
    const item = await this.table.get({ key: runKey(functionName, runId), consistent: true });
    return item && this.toRecords([item])[0];
  }

  private async started(functionName: string, limit: number, { since, before, state }: ListRunsOptions): Promise<RunRecord[]> {
    if (since && before && since >= before) return [];
    const ofFunction = {
      text: '#function = :function',
      names: { '#function': BY_START_PARTITION_KEY },
      values: { ':function': functionName },
    };
    const query = {
      index: BY_START_INDEX,
      condition: allOf(ofFunction, ...startedBetween(since, before)),
      descending: true,
    };
    const records: RunRecord[] = [];
    let from: Item | undefined;
    do {
      const size = state ? SEARCH_PAGE : limit - records.length;
      const { items, next } = await this.table.query({ ...query, limit: size, from });
      records.push(...this.toRecords(items).filter((record) => state === undefined || record.state === state));
      from = next;
    } while (from && records.length < limit);
    return records.slice(0, limit);
  }

  /** Derives the Pending runs from the watermark of the ticker, which writes no records for them. */
  private async pending(functionName: string): Promise<RunRecord[]> {
    const [state, plan] = await Promise.all([this.table.get({ key: tickStateKey() }), this.table.get({ key: tickPlanKey() })]);
    const schedule = (plan as TickPlan | undefined)?.schedules.find(
      (candidate) => candidate.function === functionName && candidate.tracked,
    );
    const watermark = (state as { watermark?: number } | undefined)?.watermark;
    if (!schedule || watermark === undefined) return [];
    const since = Math.max(this.now() - CATCH_UP_MS, schedule.since);
    const points = gridPoints(schedule, since, watermark).map((point) => new Date(point).toISOString());
    const recorded = await this.recorded(functionName, points);
    return points
      .filter((point) => !recorded.has(point))
      .map((point) => ({
        function: functionName,
        runId: point,
        state: 'Pending',
        trigger: 'schedule',
        scheduledTime: point,
        attempt: 0,
      }));
  }

  /** Returns the ids of the runs that have a record. */
  private async recorded(functionName: string, runIds: readonly string[]): Promise<ReadonlySet<unknown>> {
    const keys = runIds.map((runId) => runKey(functionName, runId));
    const items = await this.table.batchGet({ keys, consistent: true, projection: { text: SORT_KEY } });
    return new Set(items.map((item) => item[SORT_KEY]));
  }

  /** The records as they count now, without those that have expired. */
  private toRecords(items: readonly Item[]): RunRecord[] {
    const records = items.map(({ [PARTITION_KEY]: _partition, [SORT_KEY]: _sort, ...record }) => record as unknown as RunRecord);
    return records.filter((record) => !isExpired(record, this.now())).map((record) => asOf(record, this.now()));
  }
}

/** Condition on the sort key of the index, which DynamoDB takes once: `before` is exclusive. */
function startedBetween(since: Date | undefined, before: Date | undefined): Expression[] {
  const names = { '#startedAt': BY_START_SORT_KEY };
  const from = since?.toISOString();
  const to = before && new Date(before.getTime() - 1).toISOString();
  if (from && to) return [{ text: '#startedAt BETWEEN :since AND :before', names, values: { ':since': from, ':before': to } }];
  if (from) return [{ text: '#startedAt >= :since', names, values: { ':since': from } }];
  if (to) return [{ text: '#startedAt <= :before', names, values: { ':before': to } }];
  return [];
}
