import { Annotations, ArnFormat, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import { FailureRecorder } from '../failure-recorder/failure-recorder';
import type { FunctionDefaults } from '../function/function-defaults';
import type { FunctionOptions } from '../function/function-options';
import { ManagedFunction } from '../function/managed-function';
import { FUNCTION_DEFAULT_REMEDIES, FUNCTION_DEFAULTS } from '../function/option-names';
import { ValidationError } from '../private/errors';
import { requireStandard } from '../private/queue-rules';
import { type OptionNames, refuseUnknownOptions } from '../private/unknown-options';
import type { IFailureRecorder } from '../runs/failure-recorder-ref';
import { type IRunTable, RunTable } from '../runs/run-table';
import type { ScheduleOptions } from '../schedule/schedule-options';
import { Ticker } from '../ticker/ticker';
import type { ITicker } from '../ticker/ticker-ref';
import { ScheduledFunction } from './scheduled-function';
import type { IScheduledFunctionGroup } from './scheduled-function-group-ref';

/** Ids of the group's own resources. */
const OWN_IDS = new Set(['Bus', 'Runs', 'DeadLetters', 'Schedules', 'SchedulerRole', 'Ticker', 'Failures']);

/** Properties of a function group. */
export interface FunctionGroupProps {
  /**
   * Stage that is part of the deployed names, such as `prod` in `orders__prod`.
   *
   * @default - none
   */
  readonly stage?: string;

  /**
   * Default options of the functions of the group.
   *
   * @default - the defaults of a managed function
   */
  readonly defaults?: FunctionDefaults;

  /**
   * Bus for the events of the group.
   *
   * @default - a new bus
   */
  readonly eventBus?: events.IEventBus;

  /**
   * Standard queue for events and runs that could not be delivered, or failed in every attempt. If it or its KMS key is imported or
   * in another stack, you must allow `events.amazonaws.com` to send to the queue and to use the key.
   *
   * @default - a new queue that keeps messages for 14 days
   */
  readonly deadLetterQueue?: sqs.IQueue;

  /**
   * Days that the record of a run is kept: 1 to 3,650.
   *
   * @default 30
   */
  readonly runRetentionDays?: number;

  /**
   * Removal policy of the run table, applied when the stack is deleted.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

const GROUP_OPTIONS: OptionNames<FunctionGroupProps> = {
  deadLetterQueue: true,
  defaults: true,
  eventBus: true,
  removalPolicy: true,
  runRetentionDays: true,
  stage: true,
};

/** Options of a function of a group. With `every` or `schedule` it is a scheduled function. */
export interface GroupFunctionOptions extends FunctionOptions, ScheduleOptions {}

/**
 * Functions that belong together, with the resources that they share: an event bus, a schedule group, a run table, a dead-letter
 * queue, and default options.
 */
export class FunctionGroup extends Construct implements IScheduledFunctionGroup {
  /** Name of the group: its construct path. */
  public readonly groupName: string;

  /** Event bus of the group. */
  public readonly eventBus: events.IEventBus;

  /** Table with a record of every run. */
  public readonly runTable: IRunTable;

  /** Queue for events that could not be delivered, and for events that failed in every attempt. */
  public readonly deadLetterQueue: sqs.IQueue;

  /** Group of EventBridge Scheduler for the schedules of the functions. */
  public readonly scheduleGroup: scheduler.IScheduleGroup;

  /** Role that EventBridge Scheduler assumes to invoke the functions. */
  public readonly schedulerRole: iam.IRole;

  /** Default options of the functions of the group. */
  public readonly defaults: FunctionDefaults;

  /**
   * Stage that is part of the deployed names.
   *
   * @default - none
   */
  public readonly stage?: string;

  public constructor(scope: Construct, id: string, props: FunctionGroupProps = {}) {
    super(scope, id);
    refuseUnknownOptions('a FunctionGroup', props, GROUP_OPTIONS, this, { environment: 'set it in defaults' });
    const owner = 'the defaults of a FunctionGroup';
    refuseUnknownOptions(owner, props.defaults ?? {}, FUNCTION_DEFAULTS, this, FUNCTION_DEFAULT_REMEDIES);
    requireStandard(this, 'deadLetterQueue of a FunctionGroup', props.deadLetterQueue);
    this.groupName = this.node.path;
    this.stage = props.stage;
    this.defaults = props.defaults ?? {};
    this.eventBus = props.eventBus ?? new events.EventBus(this, 'Bus');
    this.runTable = new RunTable(this, 'Runs', { retentionDays: props.runRetentionDays, removalPolicy: props.removalPolicy });
    this.deadLetterQueue =
      props.deadLetterQueue ?? new sqs.Queue(this, 'DeadLetters', { enforceSSL: true, retentionPeriod: Duration.days(14) });
    this.allowRulesToSendTo(this.deadLetterQueue);
    // It holds no data, and its name is fixed: a retained one would make the next deploy fail.
    this.scheduleGroup = new scheduler.ScheduleGroup(this, 'Schedules', { removalPolicy: RemovalPolicy.DESTROY });
    this.schedulerRole = new iam.Role(this, 'SchedulerRole', {
      // IAM accepts no other characters than these of Latin-1.
      description: `Starts the functions of ${this.groupName.replace(/[^\x20-\x7E\xA1-\xFF]/g, '?')}`,
      // Only schedules of this group and rules of its bus may assume the role.
      assumedBy: new iam.CompositePrincipal(
        new iam.ServicePrincipal('scheduler.amazonaws.com', {
          conditions: {
            StringEquals: { 'aws:SourceAccount': Stack.of(this).account, 'aws:SourceArn': this.scheduleGroup.scheduleGroupArn },
          },
        }),
        new iam.ServicePrincipal('events.amazonaws.com', {
          conditions: {
            StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
            ArnLike: { 'aws:SourceArn': this.ruleArns },
          },
        }),
      ),
    });
    // EventBridge Scheduler sends to the dead-letter queue with this role.
    this.deadLetterQueue.grantSendMessages(this.schedulerRole);
  }

  /** Role that EventBridge assumes to invoke the functions on events: the role of the schedules. */
  public get eventsRole(): iam.IRole {
    return this.schedulerRole;
  }

  /** Ticker for the schedules that are not whole minutes. It is created on first access. */
  public get ticker(): ITicker {
    const { runTable, scheduleGroup, schedulerRole, deadLetterQueue } = this;
    const existing = this.node.tryFindChild('Ticker') as Ticker | undefined;
    return existing ?? new Ticker(this, 'Ticker', { runTable, scheduleGroup, schedulerRole, deadLetterQueue });
  }

  /** Records the runs of tracked functions that Lambda could not start. It is created on first access. */
  public get failureRecorder(): IFailureRecorder {
    const { runTable, deadLetterQueue } = this;
    const existing = this.node.tryFindChild('Failures') as FailureRecorder | undefined;
    return existing ?? new FailureRecorder(this, 'Failures', { runTable, deadLetterQueue });
  }

  /**
   * Adds a function.
   *
   * @param id name of the function within the group, unless `name` is set
   * @returns a `ScheduledFunction` when `every` or `schedule` is set
   * @throws when an option breaks a limit of Lambda, or the group has a function of that name
   */
  public addFunction(id: string, options: GroupFunctionOptions): ManagedFunction {
    if (OWN_IDS.has(id)) {
      throw new ValidationError(
        `the ids ${[...OWN_IDS].join(', ')} are reserved for the group's own resources, got: '${id}'`,
        this,
      );
    }
    if (options.every !== undefined || options.schedule !== undefined) {
      return new ScheduledFunction(this, id, { ...options, group: this });
    }
    for (const only of ['start', 'end', 'enabled', 'payload'] as const) {
      if (options[only] !== undefined) {
        throw new ValidationError(`'${only}' requires 'every' or 'schedule', got neither for '${options.name ?? id}'`, this);
      }
    }
    return new ManagedFunction(this, id, { ...options, group: this });
  }

  /** Allows a grantee to publish events on the group's bus. */
  public grantEmit(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions: ['events:PutEvents'], resourceArns: [this.eventBus.eventBusArn] });
  }

  /** ARNs of all rules of the bus. */
  private get ruleArns(): string {
    const bus = this.eventBus.eventBusName;
    return Stack.of(this).formatArn({
      service: 'events',
      resource: 'rule',
      // ARNs of rules of the default bus do not contain its name. An imported name that only the deploy knows may be that one.
      resourceName: bus === 'default' || (Token.isUnresolved(bus) && !isNewBus(this.eventBus)) ? '*' : `${bus}/*`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  }

  private allowRulesToSendTo(queue: sqs.IQueue): void {
    const principals = [new iam.ServicePrincipal('events.amazonaws.com')];
    // One statement for all rules of the bus, because one for each function would soon exceed the size of the queue's policy.
    const sending = new iam.PolicyStatement({
      principals,
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: { ArnLike: { 'aws:SourceArn': this.ruleArns } },
    });
    const key = queue.encryptionMasterKey;
    // KMS does not know the rule that EventBridge sends for.
    const encrypting = new iam.PolicyStatement({
      principals,
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
    });
    // For a resource of another stack, the two stacks would depend on each other: its policy on the bus, and this stack on it.
    const isHere = (resource: IConstruct) => Stack.of(resource) === Stack.of(this);
    const sends = isHere(queue) && queue.addToResourcePolicy(sending).statementAdded;
    const encrypts = !key || (isHere(key) && key.addToResourcePolicy(encrypting).statementAdded);
    if (!sends) {
      Annotations.of(this).addWarningV2(
        'cdk-katamari:deadLetterQueuePolicy',
        'the dead-letter queue is imported or in another stack; allow events.amazonaws.com to send to it, or events that cannot be delivered are lost',
      );
    }
    if (!encrypts) {
      Annotations.of(this).addWarningV2(
        'cdk-katamari:deadLetterQueueKey',
        'the KMS key of the dead-letter queue is imported or in another stack; allow events.amazonaws.com kms:Decrypt and kms:GenerateDataKey in its key policy, or events that cannot be delivered are lost',
      );
    }
  }
}

/** Whether this app makes a bus, which is then not the default bus. */
function isNewBus(bus: events.IEventBus): boolean {
  return bus.node.defaultChild instanceof events.CfnEventBus;
}
