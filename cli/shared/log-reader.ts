import { type CloudWatchLogsClient, type FilteredLogEvent, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { DeployedFunction } from './discovery';
import { type LogLine, parseLogLine } from './log-line';

/** Reads the log of one function: each line once, in their order. */
export class LogReader {
  /** How often each line that may come again was seen. */
  private seen = new Map<string, { readonly timestamp: number; readonly times: number }>();
  private newest: number;

  /**
   * @param since epoch milliseconds of the first line
   * @param lateness how much later than a newer line an older one may arrive, in milliseconds
   */
  public constructor(
    private readonly client: CloudWatchLogsClient,
    private readonly fn: Pick<DeployedFunction, 'name' | 'logGroup'>,
    private readonly since: number,
    private readonly lateness: number,
  ) {
    this.newest = since;
  }

  /** The lines that came since the last call. */
  public async read(): Promise<LogLine[]> {
    const startTime = Math.max(this.since, this.newest - this.lateness);
    const events = await this.events(startTime);
    const times = new Map<string, number>();
    const fresh: FilteredLogEvent[] = [];
    for (const event of events) {
      // An emulator gives no ids, and writes the same text twice within a millisecond.
      const key = event.eventId ?? `${event.logStreamName} ${event.timestamp} ${event.message}`;
      const count = (times.get(key) ?? 0) + 1;
      times.set(key, count);
      if (count <= (this.seen.get(key)?.times ?? 0)) continue;
      this.seen.set(key, { timestamp: event.timestamp ?? 0, times: count });
      fresh.push(event);
      this.newest = Math.max(this.newest, event.timestamp ?? 0);
    }
    const oldest = this.newest - this.lateness;
    this.seen = new Map([...this.seen].filter(([, { timestamp }]) => timestamp >= oldest));
    return fresh
      .filter((event) => event.message?.trim())
      .map((event) => parseLogLine(this.fn.name, event.timestamp ?? 0, event.message ?? ''))
      .sort((a, b) => a.timestamp - b.timestamp);
  }

  private async events(startTime: number): Promise<FilteredLogEvent[]> {
    const events: FilteredLogEvent[] = [];
    let nextToken: string | undefined;
    do {
      try {
        const page = await this.client.send(new FilterLogEventsCommand({ logGroupName: this.fn.logGroup, startTime, nextToken }));
        events.push(...(page.events ?? []));
        nextToken = page.nextToken;
      } catch (error) {
        // Lambda makes the default log group of a function at its first line.
        if ((error as Error).name !== 'ResourceNotFoundException') throw error;
        return events;
      }
    } while (nextToken);
    return events;
  }
}
