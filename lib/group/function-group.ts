import { Annotations, ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { IFunctionGroup } from '../function/function-group-ref';
import type { FunctionDefaults, FunctionOptions } from '../function/function-options';
import { ManagedFunction } from '../function/managed-function';
import { ValidationError } from '../private/errors';
import { type IRunTable, RunTable } from '../runs/run-table';
import type { ScheduleOptions } from '../schedule/schedule-options';
import { Ticker } from '../ticker/ticker';
import type { ITicker } from '../ticker/ticker-ref';
import { provideScheduleServices } from './schedule-services';
import { ScheduledFunction } from './scheduled-function';

/** Ids of the children that are not functions. */
const OWN_IDS = new Set(['Bus', 'Runs', 'DeadLetters', 'Schedules', 'SchedulerRole', 'Ticker']);

/** Properties of a function group. */
export interface FunctionGroupProps {
  /**
   * Stage that is part of the deployed names, such as `prod` in `orders__prod`.
   *
   * @default - none
   */
  readonly stage?: string;

  /**
   * What every function of the group gets unless it says otherwise.
   *
   * @default - the defaults of a managed function
   */
  readonly defaults?: FunctionDefaults;

  /**
   * Bus that carries the events of the group.
   *
   * @default - a bus of its own
   */
  readonly eventBus?: events.IEventBus;

  /**
   * Queue for what could not be delivered, or failed in every attempt. One of another stack, or that is imported, must
   * itself allow `events.amazonaws.com` to send.
   *
   * @default - a queue of its own that keeps messages for 14 days
   */
  readonly deadLetterQueue?: sqs.IQueue;

  /**
   * Days that the record of a run is kept.
   *
   * @default 30
   */
  readonly runRetentionDays?: number;

  /**
   * What becomes of the run table when the stack goes.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** A function of a group: with `every` or `schedule` it is a scheduled one. */
export interface GroupFunctionOptions extends FunctionOptions, ScheduleOptions {}

/**
 * Functions that belong together, and what they share: an event bus, a schedule group, a run table, a dead-letter queue,
 * and defaults.
 */
export class FunctionGroup extends Construct implements IFunctionGroup {
  public readonly groupName: string;
  public readonly eventBus: events.IEventBus;
  public readonly runTable: IRunTable;
  public readonly deadLetterQueue: sqs.IQueue;
  public readonly scheduleGroup: scheduler.IScheduleGroup;
  public readonly schedulerRole: iam.IRole;
  public readonly defaults: FunctionDefaults;
  public readonly stage?: string;

  public constructor(scope: Construct, id: string, props: FunctionGroupProps = {}) {
    super(scope, id);
    this.groupName = this.node.path;
    this.stage = props.stage;
    this.defaults = props.defaults ?? {};
    this.eventBus = props.eventBus ?? new events.EventBus(this, 'Bus');
    this.runTable = new RunTable(this, 'Runs', { retentionDays: props.runRetentionDays, removalPolicy: props.removalPolicy });
    this.deadLetterQueue =
      props.deadLetterQueue ?? new sqs.Queue(this, 'DeadLetters', { enforceSSL: true, retentionPeriod: Duration.days(14) });
    this.letRulesSendTo(this.deadLetterQueue);
    // It holds no data, and its name is fixed: one that is left behind would be in the way of the next deploy.
    this.scheduleGroup = new scheduler.ScheduleGroup(this, 'Schedules', { removalPolicy: RemovalPolicy.DESTROY });
    this.schedulerRole = new iam.Role(this, 'SchedulerRole', {
      description: `Starts the scheduled functions of ${this.groupName}`,
      // Only schedules of this group may take the role.
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account, 'aws:SourceArn': this.scheduleGroup.scheduleGroupArn },
        },
      }),
    });
    // EventBridge Scheduler sends to the dead-letter queue as this role.
    this.deadLetterQueue.grantSendMessages(this.schedulerRole);
    provideScheduleServices(this, this);
  }

  /** Serves the schedules that are not whole minutes. Made when it is first asked for. */
  public get ticker(): ITicker {
    return (this.node.tryFindChild('Ticker') as Ticker | undefined) ?? new Ticker(this, 'Ticker', this);
  }

  /**
   * Adds a function.
   *
   * @param id name of the function within the group, unless `name` is given
   * @returns a `ScheduledFunction` where `every` or `schedule` is given
   * @throws when a value breaks a limit of Lambda, or the group has a function of that name
   */
  public addFunction(id: string, options: GroupFunctionOptions): ManagedFunction {
    if (OWN_IDS.has(id)) {
      throw new ValidationError(`the ids ${[...OWN_IDS].join(', ')} are those of the group's own resources, got: '${id}'`, this);
    }
    if (options.every !== undefined || options.schedule !== undefined) {
      return new ScheduledFunction(this, id, { ...options, group: this });
    }
    for (const only of ['start', 'end', 'enabled', 'payload'] as const) {
      if (options[only] !== undefined) {
        throw new ValidationError(
          `'${only}' belongs to a schedule: give 'every' or 'schedule' as well, got neither for '${options.name ?? id}'`,
          this,
        );
      }
    }
    return new ManagedFunction(this, id, { ...options, group: this });
  }

  /** Lets a grantee publish events on the group's bus. */
  public grantEmit(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions: ['events:PutEvents'], resourceArns: [this.eventBus.eventBusArn] });
  }

  private letRulesSendTo(queue: sqs.IQueue): void {
    const bus = this.eventBus.eventBusName;
    const rules = Stack.of(this).formatArn({
      service: 'events',
      resource: 'rule',
      // The rules of the default bus have no bus in their names.
      resourceName: bus === 'default' ? '*' : `${bus}/*`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    // One statement for every rule of the bus: one for each function would soon fill the queue's policy.
    const statement = new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: { ArnLike: { 'aws:SourceArn': rules } },
    });
    // From another stack the queue's policy would need the bus, and this stack the queue: a circle.
    const added = Stack.of(queue) === Stack.of(this) && queue.addToResourcePolicy(statement).statementAdded;
    if (!added) {
      Annotations.of(this).addWarningV2(
        'cdk-katamari:deadLetterQueuePolicy',
        'the dead-letter queue is not of this stack: let events.amazonaws.com send to it, or events that can’t be delivered are lost',
      );
    }
  }
}
