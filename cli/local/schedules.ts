import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleCommand, type GetScheduleOutput, paginateListSchedules, SchedulerClient } from '@aws-sdk/client-scheduler';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type ClientSettings, sdkSettings } from '../../engine/client-settings';
import { gridRange } from '../../lambda/shared/grid';
import { DELIVERY_KEY } from '../../lib/runs/constants';
import { ATTEMPT_ATTRIBUTE, SCHEDULE_EVENT_SOURCE, SCHEDULED_TIME_ATTRIBUTE } from '../../lib/schedule/constants';
import { ENV_RUN_QUEUE_URL, type RunMessage, type TickEvent, type TickerEntry } from '../../lib/ticker/constants';
import { type DeployedFunction, labelsOf } from '../shared/deployed-functions';
import { nextDue } from './next-due';

/** Schedule of one function. */
export interface LocalSchedule {
  readonly functionArn: string;
  /** When the next run is due, in epoch milliseconds; undefined when none is. */
  readonly next: (now: number) => number | undefined;
  /** Starts the run that is due at a time now. The later delivery of that run is then a duplicate. */
  readonly start: (due: number) => Promise<void>;
}

/** When the next run of a function is due. */
export interface DueTime {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly time: number;
}

const MINUTE_MS = 60_000;

/** The schedules of groups that are deployed on MiniStack. */
export class LocalSchedules {
  private readonly lambda: LambdaClient;
  private readonly sqs: SQSClient;
  private readonly scheduler: SchedulerClient;

  public constructor(settings: ClientSettings) {
    this.lambda = new LambdaClient(sdkSettings(settings));
    this.sqs = new SQSClient(sdkSettings(settings));
    this.scheduler = new SchedulerClient(sdkSettings(settings));
  }

  /** Reads the schedules of functions. @param functions all deployed functions, including those of tickers */
  public async read(functions: readonly DeployedFunction[]): Promise<LocalSchedule[]> {
    const deployed = await this.enabled();
    return deployed.flatMap((schedule) => {
      const queueUrl = queueOf(schedule, functions);
      return queueUrl === undefined ? this.ofScheduler(schedule) : this.ofTicker(schedule, queueUrl);
    });
  }

  /**
   * Invokes each ticker once, as its schedule does every minute. Without it, the first runs would wait for the first minute.
   *
   * @throws when a ticker fails
   */
  public async tick(functions: readonly DeployedFunction[]): Promise<void> {
    const tickers = (await this.enabled()).filter((schedule) => queueOf(schedule, functions) !== undefined);
    await Promise.all(tickers.map((schedule) => this.invoke(schedule.Target?.Arn ?? '', schedule.Target?.Input ?? '{}')));
  }

  public destroy(): void {
    for (const client of [this.lambda, this.sqs, this.scheduler]) client.destroy();
  }

  private async enabled(): Promise<GetScheduleOutput[]> {
    const found: GetScheduleOutput[] = [];
    for await (const { Schedules = [] } of paginateListSchedules({ client: this.scheduler }, {})) {
      for (const { Name, GroupName } of Schedules) {
        found.push(await this.scheduler.send(new GetScheduleCommand({ Name, GroupName })));
      }
    }
    return found.filter(({ State }) => State !== 'DISABLED');
  }

  private ofTicker({ Target }: GetScheduleOutput, queueUrl: string): LocalSchedule[] {
    const { plan } = JSON.parse(Target?.Input ?? '{"plan":[]}') as TickEvent;
    return plan.map((entry) => ({
      functionArn: entry.functionArn,
      next: (now) => nextPoint(entry, now),
      // The ticker's own way: its dispatcher starts the run, and knows the later message as a duplicate.
      start: async (due) => {
        const { function: name, functionArn, tracked, payload } = entry;
        const message: RunMessage = { function: name, functionArn, scheduledTime: new Date(due).toISOString(), tracked, payload };
        await this.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(message) }));
      },
    }));
  }

  private ofScheduler({ Target, ScheduleExpression = '', CreationDate }: GetScheduleOutput): LocalSchedule[] {
    const { Arn: functionArn = '', Input = '' } = Target ?? {};
    if (!isOfThisLibrary(Input)) return [];
    return [
      {
        functionArn,
        next: (now) => nextDue(ScheduleExpression, CreationDate?.getTime() ?? now, now),
        start: async (due) => {
          // MiniStack leaves the attribute as it is: the run tracker then takes the minute of the delivery.
          const time = new Date(due - (due % MINUTE_MS)).toISOString();
          const event = Input.replaceAll(SCHEDULED_TIME_ATTRIBUTE, time).replaceAll(ATTEMPT_ATTRIBUTE, '1');
          await this.lambda.send(
            new InvokeCommand({ FunctionName: functionArn, InvocationType: 'Event', Payload: Buffer.from(event) }),
          );
        },
      },
    ];
  }

  private async invoke(functionArn: string, input: string): Promise<void> {
    const { FunctionError, Payload } = await this.lambda.send(
      new InvokeCommand({ FunctionName: functionArn, Payload: Buffer.from(input) }),
    );
    if (FunctionError) throw new Error(Buffer.from(Payload ?? []).toString());
  }
}

/** When the next run of each function is due, soonest first. */
export function dueTimes(schedules: readonly LocalSchedule[], functions: readonly DeployedFunction[]): DueTime[] {
  const labels = labelsOf(functions);
  const now = Date.now();
  return schedules
    .flatMap(({ functionArn, next }) => {
      const fn = functions.find(({ configuration }) => configuration.functionArn === functionArn);
      const time = next(now);
      return fn && time !== undefined ? [{ name: labels.get(fn) ?? fn.name, time }] : [];
    })
    .sort((a, b) => a.time - b.time);
}

/** URL of the run queue, for the schedule of a ticker. */
function queueOf({ Target }: GetScheduleOutput, functions: readonly DeployedFunction[]): string | undefined {
  const target = functions.find(({ configuration }) => configuration.functionArn === Target?.Arn);
  return target?.configuration.environment[ENV_RUN_QUEUE_URL];
}

function nextPoint(entry: TickerEntry, now: number): number | undefined {
  const { first, count } = gridRange(entry, now, Number.MAX_SAFE_INTEGER);
  return count > 0 ? first : undefined;
}

/** Whether the input of a schedule is the event of a scheduled function, in the envelope of a tracked one or without it. */
function isOfThisLibrary(input: string): boolean {
  try {
    const given = JSON.parse(input) as Record<string, unknown>;
    const event = given[DELIVERY_KEY] === 'schedule' ? given.event : given;
    return (event as { source?: unknown } | null)?.source === SCHEDULE_EVENT_SOURCE;
  } catch {
    return false;
  }
}
