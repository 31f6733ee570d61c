import { type CloudWatchLogsClient, type FilteredLogEvent, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { type LogLine, parseLogLine } from './log-line';

/** Which log a reader reads. */
interface LogSource {
  /** Name of the function, for its lines. */
  readonly name: string;
  readonly group?: string;
  /** Name that tells the function from the others. */
  readonly label?: string;
  readonly logGroup: string;
}

/** Reads the log of one function: each line once, in order. */
export class LogReader {
  /** How many times each line was seen that a later read may return again. */
  private seen = new Map<string, { readonly timestamp: number; readonly times: number }>();
  private newest: number;

  /**
   * @param since time of the first line to read, in epoch milliseconds
   * @param lateness how much later than a newer line an older line may arrive, in milliseconds
   */
  public constructor(
    private readonly client: CloudWatchLogsClient,
    private readonly source: LogSource,
    private readonly since: number,
    private readonly lateness: number,
  ) {
    this.newest = since;
  }

  /** Reads the lines that arrived since the last call. */
  public async read(): Promise<LogLine[]> {
    const startTime = Math.max(this.since, this.newest - this.lateness);
    const events = await this.events(startTime);
    const times = new Map<string, number>();
    const fresh: FilteredLogEvent[] = [];
    for (const event of events) {
      // An emulator assigns no ids, and may have the same text twice within a millisecond.
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
      .map((event) => ({
        ...parseLogLine(this.source.name, event.timestamp ?? 0, event.message ?? ''),
        group: this.source.group,
        label: this.source.label,
      }))
      .sort((a, b) => a.timestamp - b.timestamp);
  }

  private async events(startTime: number): Promise<FilteredLogEvent[]> {
    const events: FilteredLogEvent[] = [];
    const pages = paginateFilterLogEvents({ client: this.client }, { logGroupName: this.source.logGroup, startTime });
    try {
      for await (const page of pages) events.push(...(page.events ?? []));
    } catch (error) {
      // Lambda creates the default log group of a function with its first line.
      if ((error as Error).name !== 'ResourceNotFoundException') throw error;
    }
    return events;
  }
}
