import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { requireWhole } from '../../lambda/shared/checks';
import { allPages } from '../shared/pages';
import { callAwsIfFound } from '../shared/service-errors';
import { readConfiguration } from './deployment';
import type { FunctionRef } from './function-ref';

const HOUR_MS = 3_600_000;

/** Options of `recent`. */
export interface RecentLogsOptions {
  /** Time from which to read. @default - an hour ago */
  readonly since?: Date;
  /** Maximum number of events, of which the newest are returned: a whole number from 1 to 10,000. @default 100 */
  readonly limit?: number;
  /** Filter pattern of CloudWatch Logs, such as `ERROR` or `{ $.level = "ERROR" }`. @default - all events */
  readonly filterPattern?: string;
}

/** A log event. */
export interface LogEvent {
  readonly timestamp: Date;
  /** Message without the line feed at its end. */
  readonly message: string;
  readonly logStreamName: string;
}

/** The log of a function: `FunctionClient.logs`. */
export class FunctionLogs {
  /** @internal */
  public constructor(private readonly ref: FunctionRef) {}

  /** Reads the name of the log group from the function's configuration. @throws FunctionNotFoundError */
  public async logGroupName(): Promise<string> {
    return (await readConfiguration(this.ref)).logGroup;
  }

  /**
   * Reads the newest events, in the order of their times. When other functions log to the same group, their events are
   * included.
   *
   * @throws FunctionNotFoundError
   */
  public async recent({ since, limit = 100, filterPattern }: RecentLogsOptions = {}): Promise<LogEvent[]> {
    requireWhole('limit', limit, 1, 10_000);
    const logGroupName = await this.logGroupName();
    const startTime = since?.getTime() ?? Date.now() - HOUR_MS;
    // The oldest events come first.
    const events = await allPages(
      (nextToken) =>
        callAwsIfFound({ description: `read log group '${logGroupName}'` }, () =>
          this.ref.clients.logs.send(new FilterLogEventsCommand({ logGroupName, startTime, filterPattern, nextToken })),
        ),
      (page) => ({ items: page?.events, marker: page?.nextToken }),
      limit,
    );
    return events.map(({ timestamp = 0, message = '', logStreamName = '' }) => ({
      timestamp: new Date(timestamp),
      message: message.replace(/\n$/, ''),
      logStreamName,
    }));
  }
}
