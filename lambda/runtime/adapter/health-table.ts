import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientSettings } from '../../shared/client-settings';
import { retry } from '../../shared/retry/retry';
import type { SdkClient } from '../../shared/sdk-client';
import { allOf, type Expression } from '../../shared/table/expression';
import { healthKey } from '../../shared/table/keys';
import { sdkTable } from '../../shared/table/sdk-table';
import type { TableClient, UpdateRequest } from '../../shared/table/table-client';
import { existingItem, isConditionFailed, isThrottled } from '../../shared/table/table-errors';
import type { HealthCounts } from './health';

/** Upper limit of the delay before a throttled write is retried, in milliseconds. */
const MAX_DELAY_MS = 50;

/** Callers don't wait longer for the table, see shared-health.ts. */
const LIMITS = { connectionMs: 1_000, silenceMs: 2_000 };

type TimeName = 'lastSuccess' | 'lastFailure';
const TIMES: readonly TimeName[] = ['lastSuccess', 'lastFailure'];

let sharedClient: SdkClient | undefined;

/** A write in progress. */
export interface Write {
  /** Whether the write may have been made although no response confirmed it. */
  inDoubt: boolean;
}

/** The item of a module in the health table. Counters are added to, never overwritten, and times only advance. */
export class HealthTable {
  private readonly table: TableClient;

  public constructor(
    tableName: string,
    private readonly moduleName: string,
    client?: SdkClient,
  ) {
    // One attempt: if a response is lost, a second write would count twice.
    sharedClient ??= client ? undefined : new DynamoDBClient(clientSettings({ maxAttempts: 1 }, LIMITS));
    this.table = sdkTable(client ?? (sharedClient as SdkClient), tableName);
  }

  public async read(signal: AbortSignal): Promise<HealthCounts> {
    return toCounts(await this.table.get({ key: healthKey(this.moduleName), consistent: true }, signal));
  }

  /** Adds to the counts of the item. @returns the new counts */
  public async add(counts: HealthCounts, signal: AbortSignal, write: Write): Promise<HealthCounts> {
    let times = TIMES.filter((name) => counts[name] !== undefined);
    const add = async (): Promise<HealthCounts> => {
      try {
        signal.throwIfAborted();
        write.inDoubt = true;
        return toCounts(await this.table.update(this.request(counts, times), signal));
      } catch (error) {
        if (isThrottled(error) || isRejected(error)) write.inDoubt = false;
        if (!isConditionFailed(error)) throw error;
        // The item has a later time: write the rest.
        const found = toCounts(existingItem(error));
        const newer = times.filter((name) => (counts[name] as string) >= (found[name] ?? ''));
        times = newer.length < times.length ? newer : [];
        return add();
      }
    };
    return retry(add, {
      attempts: Number.POSITIVE_INFINITY,
      firstDelayMs: MAX_DELAY_MS,
      maxDelayMs: MAX_DELAY_MS,
      isRetryable: isThrottled,
      signal,
    });
  }

  private request(counts: HealthCounts, times: readonly TimeName[]): UpdateRequest {
    const { totalRequests, totalFailures, consecutiveFailures } = counts;
    // A success among the calls ends the row of failures; those after it begin the next one.
    const hasSuccess = totalFailures < totalRequests;
    const set = [...times, ...(hasSuccess ? ['consecutiveFailures'] : [])].map((name) => `${name} = :${name}`);
    const add = ['totalRequests', 'totalFailures', ...(hasSuccess ? [] : ['consecutiveFailures'])];
    const conditions = times.map(
      (name): Expression => ({
        text: `attribute_not_exists(${name}) OR ${name} <= :${name}`,
        values: { [`:${name}`]: counts[name] },
        isOr: true,
      }),
    );
    return {
      key: healthKey(this.moduleName),
      update: {
        text: `${set.length > 0 ? `SET ${set.join(', ')} ` : ''}ADD ${add.map((name) => `${name} :${name}`).join(', ')}`,
        values: {
          ':totalRequests': totalRequests,
          ':totalFailures': totalFailures,
          ':consecutiveFailures': consecutiveFailures,
        },
      },
      condition: conditions.length > 0 ? allOf(...conditions) : undefined,
      returns: 'ALL_NEW',
      returnExisting: true,
    };
  }
}

/** Whether DynamoDB has certainly written nothing: it rejected the request, or was never reached. */
function isRejected(error: unknown): boolean {
  const { $metadata, code } = error as { readonly $metadata?: { readonly httpStatusCode?: number }; readonly code?: string };
  const status = $metadata?.httpStatusCode ?? 500;
  return (status >= 400 && status < 500) || code === 'ECONNREFUSED' || code === 'ENOTFOUND';
}

function toCounts(item: Partial<HealthCounts> = {}): HealthCounts {
  const { totalRequests = 0, totalFailures = 0, consecutiveFailures = 0, lastSuccess, lastFailure } = item;
  return { totalRequests, totalFailures, consecutiveFailures, lastSuccess, lastFailure };
}
