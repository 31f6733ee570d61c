import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { requireWhole } from '../../lambda/shared/checks';
import { configuration } from './deployment';
import type { FunctionRef } from './function-ref';
import { attemptIfThere } from './service-errors';

const HOUR_MS = 3_600_000;

/** Which events of a log to read. */
export interface RecentLogsOptions {
  /** The oldest to read. @default - an hour ago */
  readonly since?: Date;
  /** Most events to give, the newest: a whole number from 1 to 10,000. @default 100 */
  readonly limit?: number;
  /** A filter pattern of CloudWatch Logs, such as `ERROR` or `{ $.level = "ERROR" }`. @default - all events */
  readonly filterPattern?: string;
}

/** An event of a log. */
export interface LogEvent {
  readonly timestamp: Date;
  /** Without the line feed at its end. */
  readonly message: string;
  readonly logStreamName: string;
}

/** The log of a function: `FunctionClient.logs`. */
export class FunctionLogs {
  /** @internal */
  public constructor(private readonly ref: FunctionRef) {}

  /** Name of the log group, by the function's configuration. @throws FunctionNotFoundError */
  public async logGroupName(): Promise<string> {
    return (await configuration(this.ref)).logGroup;
  }

  /**
   * The newest events, the oldest of them first; none where nothing has been logged. Other functions that log to the same
   * group are among them.
   *
   * @throws FunctionNotFoundError
   */
  public async recent({ since, limit = 100, filterPattern }: RecentLogsOptions = {}): Promise<LogEvent[]> {
    requireWhole('limit', limit, 1, 10_000);
    const logGroupName = await this.logGroupName();
    let events: LogEvent[] = [];
    let nextToken: string | undefined;
    do {
      const command = new FilterLogEventsCommand({
        logGroupName,
        startTime: since?.getTime() ?? Date.now() - HOUR_MS,
        filterPattern,
        nextToken,
      });
      const page = await attemptIfThere({ doing: `read log group '${logGroupName}'` }, () => this.ref.clients.logs.send(command));
      // They come the oldest first: what is newer pushes out what is older.
      const found = (page?.events ?? []).map(({ timestamp = 0, message = '', logStreamName = '' }) => ({
        timestamp: new Date(timestamp),
        message: message.replace(/\n$/, ''),
        logStreamName,
      }));
      events = [...events, ...found].slice(-limit);
      nextToken = page?.nextToken;
    } while (nextToken);
    return events;
  }
}
