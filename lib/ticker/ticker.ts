import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { OwnFunction } from '../function/own-function';
import { SCHEDULE_INPUT_MAX_BYTES } from '../limits/constants';
import { knownJsonBytes } from '../private/errors';
import { claimFunctionName, requireFreeName } from '../private/function-names';
import { requireStandard } from '../private/queue-rules';
import { type OptionNames, refuseUnknownOptions } from '../private/unknown-options';
import type { IRunTable } from '../runs/run-table';
import { toEpochSeconds } from '../schedule/epoch';
import { FunctionSchedule } from '../schedule/function-schedule';
import type { TickerEntry } from './constants';
import { RunQueue } from './run-queue';
import type { ITicker, TickerSchedule } from './ticker-ref';

/** Estimated bytes of an ARN that only the deploy knows. */
const ARN_BYTES = 180;

const TIMEOUT = Duration.seconds(30);

const TICKER_OPTIONS: OptionNames<TickerProps> = {
  deadLetterQueue: true,
  runTable: true,
  scheduleGroup: true,
  schedulerRole: true,
};

/** Properties of a ticker. */
export interface TickerProps {
  /** Run table of the functions. The ticker keeps its own state in it as well. */
  readonly runTable: IRunTable;

  /** Group of EventBridge Scheduler for the schedule that wakes the ticker every minute. */
  readonly scheduleGroup: scheduler.IScheduleGroup;

  /** Role that EventBridge Scheduler assumes to wake the ticker. It must be allowed to send to the dead-letter queue. */
  readonly schedulerRole: iam.IRole;

  /** Queue for runs that could not be started. */
  readonly deadLetterQueue: sqs.IQueue;
}

/**
 * Starts functions on a grid of seconds. One schedule for the whole group wakes a small function every minute, which enqueues each
 * run of the next minute as an SQS message with its exact delay. A second small function receives the messages when they are due,
 * and starts the runs.
 */
export class Ticker extends Construct implements ITicker {
  private readonly entries: TickerEntry[] = [];
  private readonly dispatcher: lambda.Function;

  public constructor(scope: Construct, id: string, props: TickerProps) {
    super(scope, id);
    refuseUnknownOptions('a Ticker', props, TICKER_OPTIONS, this);
    const { runTable, deadLetterQueue } = props;
    requireStandard(this, 'deadLetterQueue of a Ticker', deadLetterQueue);
    const queue = new RunQueue(this, 'Runs', deadLetterQueue);

    const tick = new OwnFunction(this, 'Tick', {
      handler: 'ticker/tick',
      description: 'Enqueues the runs of the next minute',
      timeout: TIMEOUT,
    });
    runTable.addTo(tick);
    queue.addTo(tick);

    this.dispatcher = new OwnFunction(this, 'Dispatch', {
      handler: 'ticker/dispatch',
      description: 'Starts runs as they fall due',
      timeout: TIMEOUT,
    });
    runTable.addTo(this.dispatcher);
    // It releases its claim on a run that it could not start.
    iam.Grant.addToPrincipal({
      grantee: this.dispatcher,
      actions: ['dynamodb:DeleteItem'],
      resourceArns: [runTable.table.tableArn],
    });
    this.dispatcher.addEventSource(new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true }));

    new FunctionSchedule(this, 'EveryMinute', {
      fn: tick,
      expression: scheduler.ScheduleExpression.rate(Duration.minutes(1)),
      resources: props,
      // The next tick also does the work of a lost one.
      retryAttempts: 1,
      maxEventAge: Duration.minutes(1),
      input: scheduler.ScheduleTargetInput.fromText(
        Lazy.string({ produce: () => Stack.of(this).toJsonString({ plan: this.entries }) }),
      ),
    });
    this.node.addValidation({ validate: () => this.validatePlan() });
  }

  /**
   * Adds a function to start.
   *
   * @throws when the ticker starts a function of that name already
   */
  public addFunction(fn: lambda.IFunction, schedule: TickerSchedule): void {
    requireFreeName(this, 'ticker', schedule.name);
    claimFunctionName(this, schedule.name);
    iam.Grant.addToPrincipal({ grantee: this.dispatcher, actions: ['lambda:InvokeFunction'], resourceArns: [fn.functionArn] });
    this.entries.push({
      function: schedule.name,
      functionArn: fn.functionArn,
      intervalSeconds: schedule.interval.seconds,
      anchor: schedule.start ? toEpochSeconds(schedule.start) : 0,
      tracked: schedule.tracked,
      ...(schedule.start && { start: toEpochSeconds(schedule.start) }),
      ...(schedule.end && { end: toEpochSeconds(schedule.end) }),
      ...(schedule.payload !== undefined && { payload: schedule.payload }),
    });
  }

  private validatePlan(): string[] {
    const known = knownJsonBytes(this.entries.map((entry) => ({ ...entry, functionArn: '' })));
    const bytes = known + this.entries.length * ARN_BYTES;
    return bytes > SCHEDULE_INPUT_MAX_BYTES
      ? [
          `the ticker's schedules and payloads must have at most ${SCHEDULE_INPUT_MAX_BYTES} bytes together, got about: ${bytes}; use a second group or smaller payloads`,
        ]
      : [];
  }
}
