import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  type GetItemInput,
  PutItemCommand,
  type PutItemInput,
  TransactionCanceledException,
  TransactionConflictException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemInput,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { unlessAborted } from '../deadline';

/** An item as it is found where the condition of a write fails. */
export type FoundItem = Record<string, unknown>;

/** Pause after the first conflict and the longest, in milliseconds; each is cut by chance, so that starts fall apart. */
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 250;

/** Sends requests to the run table, and each again that only got in the way of another one. */
export class RunTableClient {
  public constructor(
    private readonly client: Pick<DynamoDBClient, 'send'>,
    private readonly random: () => number,
  ) {}

  public async get(input: GetItemInput, signal?: AbortSignal): Promise<FoundItem | undefined> {
    const { Item } = await unlessAborted(this.client.send(new GetItemCommand(input), { abortSignal: signal }), signal);
    return Item && unmarshall(Item);
  }

  public put(input: PutItemInput, signal?: AbortSignal): Promise<void> {
    return this.retry(signal, async () => {
      await this.client.send(new PutItemCommand(input), { abortSignal: signal });
    });
  }

  /** @returns the attributes that the request asks for */
  public update(input: UpdateItemInput, signal?: AbortSignal): Promise<FoundItem> {
    return this.retry(signal, async () => {
      const { Attributes } = await this.client.send(new UpdateItemCommand(input), { abortSignal: signal });
      return unmarshall(Attributes ?? {});
    });
  }

  public transact(items: TransactWriteItem[], signal?: AbortSignal): Promise<void> {
    return this.retry(signal, () => this.transactOnce(items, signal));
  }

  /** The same, for one who wants to know of each conflict. */
  public async transactOnce(items: TransactWriteItem[], signal?: AbortSignal): Promise<void> {
    const command = new TransactWriteItemsCommand({ TransactItems: items });
    await unlessAborted(this.client.send(command, { abortSignal: signal }), signal);
  }

  /** @param tried how often something got in the way before */
  public pause(tried: number, signal?: AbortSignal): Promise<void> {
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tried);
    return unlessAborted(new Promise((resolve) => setTimeout(resolve, 1 + this.random() * longest)), signal);
  }

  private async retry<T>(signal: AbortSignal | undefined, send: () => Promise<T>): Promise<T> {
    for (let tried = 0; ; tried++) {
      try {
        return await unlessAborted(send(), signal);
      } catch (error) {
        if (!isConflict(error)) throw error;
        await this.pause(tried, signal);
      }
    }
  }
}

/** Whether a write was refused for its condition; in a transaction, for that of any of its items. */
export function isRefused(error: unknown): boolean {
  return error instanceof ConditionalCheckFailedException || codes(error).includes('ConditionalCheckFailed');
}

/** The item for which a write was refused; of a transaction, that of its first item unless said otherwise. */
export function foundItem(error: unknown, index = 0): FoundItem | undefined {
  const item =
    error instanceof TransactionCanceledException
      ? error.CancellationReasons?.[index]?.Item
      : error instanceof ConditionalCheckFailedException
        ? error.Item
        : undefined;
  return item && unmarshall(item);
}

/** For which items of a transaction the condition failed. */
export function refusedItems(error: unknown): readonly boolean[] {
  return codes(error).map((code) => code === 'ConditionalCheckFailed');
}

/** Whether a write was not made because another one of the same item was under way. */
export function isConflict(error: unknown): boolean {
  if (error instanceof TransactionConflictException) return true;
  return !isRefused(error) && codes(error).includes('TransactionConflict');
}

/** Whether a transaction was not made because an item of it is asked for too often; the SDK does not see that. */
export function isThrottled(error: unknown): boolean {
  return !isRefused(error) && codes(error).some((code) => code === 'ThrottlingError' || code === 'ProvisionedThroughputExceeded');
}

function codes(error: unknown): readonly string[] {
  return error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []).map(({ Code = '' }) => Code) : [];
}
