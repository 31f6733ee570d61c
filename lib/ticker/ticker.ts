import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ManagedFunction } from '../function/managed-function';
import { Source } from '../function/source';
import { handlerCode } from '../packaging/handler-code';
import { formatValue, ValidationError } from '../private/errors';
import type { IRunTable } from '../runs/run-table';
import { toEpochSeconds } from '../schedule/epoch';
import { FunctionTarget } from '../schedule/function-target';
import { ENV_RUN_QUEUE_URL, START_TRIES, type TickerEntry } from './constants';
import type { ITicker, TickerSchedule } from './ticker-ref';

/**
 * Largest input of a schedule, in bytes.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html
 */
const PLAN_MAX_BYTES = 256 * 1024;
/** Room for an ARN that only the deploy knows. */
const ARN_BYTES = 180;

/** Properties of a ticker. */
export interface TickerProps {
  /** Run table of the functions that it starts; the ticker keeps its own state there as well. */
  readonly runTable: IRunTable;

  /** Group, in EventBridge Scheduler, of the schedule that wakes the ticker every minute. */
  readonly scheduleGroup: scheduler.IScheduleGroup;

  /** Role that EventBridge Scheduler assumes to wake the ticker. It must be allowed to send to the dead-letter queue. */
  readonly schedulerRole: iam.IRole;

  /** Queue for runs that could not be started. */
  readonly deadLetterQueue: sqs.IQueue;
}

/**
 * Starts functions on a grid of seconds. One schedule a minute for the whole group wakes a small function, which enqueues
 * each run of the next minute as an SQS message with its exact delay; a second small function takes the messages as they
 * fall due and starts the runs.
 */
export class Ticker extends Construct implements ITicker {
  private readonly entries: TickerEntry[] = [];
  private readonly dispatcher: ManagedFunction;

  public constructor(scope: Construct, id: string, props: TickerProps) {
    super(scope, id);
    const queue = new sqs.Queue(this, 'Runs', {
      enforceSSL: true,
      retentionPeriod: Duration.days(1),
      visibilityTimeout: Duration.minutes(3),
      deadLetterQueue: { queue: props.deadLetterQueue, maxReceiveCount: START_TRIES },
    });

    const tick = this.handler('tick', 'Enqueues the runs of the next minute', props.runTable);
    tick.addEnvironment(ENV_RUN_QUEUE_URL, queue.queueUrl);
    iam.Grant.addToPrincipal({ grantee: tick, actions: ['sqs:SendMessage'], resourceArns: [queue.queueArn] });

    this.dispatcher = this.handler('dispatch', 'Starts runs as they fall due', props.runTable);
    // It gives the claim on a run back that it could not start.
    iam.Grant.addToPrincipal({
      grantee: this.dispatcher,
      actions: ['dynamodb:DeleteItem'],
      resourceArns: [props.runTable.table.tableArn],
    });
    this.dispatcher.addEventSource(new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true }));

    const schedule = new scheduler.Schedule(this, 'EveryMinute', {
      schedule: scheduler.ScheduleExpression.rate(Duration.minutes(1)),
      scheduleGroup: props.scheduleGroup,
      target: new FunctionTarget(tick, {
        role: props.schedulerRole,
        deadLetterQueue: props.deadLetterQueue,
        // The next tick does the work of one that was lost.
        retryAttempts: 1,
        maxEventAge: Duration.minutes(1),
        input: scheduler.ScheduleTargetInput.fromText(
          Lazy.string({ produce: () => Stack.of(this).toJsonString({ plan: this.entries }) }),
        ),
      }),
    });
    schedule.node.addDependency(props.scheduleGroup);
    this.node.addValidation({ validate: () => this.validatePlan() });
  }

  /**
   * Adds a function to those that it starts.
   *
   * @throws when the group has a function of that name already
   */
  public addFunction(fn: lambda.IFunction, schedule: TickerSchedule): void {
    if (this.entries.some((entry) => entry.function === schedule.name)) {
      throw new ValidationError(`names of functions must differ within a group, got twice: ${formatValue(schedule.name)}`, this);
    }
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

  private handler(name: string, description: string, runTable: IRunTable): ManagedFunction {
    const fn = new ManagedFunction(this, name === 'tick' ? 'Tick' : 'Dispatch', {
      source: Source.code(handlerCode(`ticker/${name}`), { handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X }),
      description,
      memorySize: 256,
      timeout: Duration.seconds(30),
    });
    runTable.addTo(fn);
    return fn;
  }

  private validatePlan(): string[] {
    const known = JSON.stringify(this.entries.map((entry) => ({ ...entry, functionArn: '' })));
    const bytes = Buffer.byteLength(known) + this.entries.length * ARN_BYTES;
    return bytes > PLAN_MAX_BYTES
      ? [
          `the schedules of a group that are not whole minutes may take ${PLAN_MAX_BYTES} bytes with their payloads, got about: ${bytes}; use a second group, or smaller payloads`,
        ]
      : [];
  }
}
