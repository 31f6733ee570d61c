import type * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import type { RunTable } from '../runs/run-table';
import type { ITicker } from '../schedule/ticker-ref';
import type { FunctionDefaults } from './function-options';

/** What the functions of a group share. */
export interface IFunctionGroup extends IConstruct {
  /** Name of the group: its construct path. */
  readonly groupName: string;

  /** Bus that carries the events of the group. */
  readonly eventBus: events.IEventBus;

  /** Record of every run. */
  readonly runTable: RunTable;

  /** What could not be delivered, or failed in every attempt. */
  readonly deadLetterQueue: sqs.IQueue;

  /** Group of the schedules in EventBridge Scheduler. */
  readonly scheduleGroup: scheduler.IScheduleGroup;

  /** Role by which EventBridge Scheduler invokes the group's functions. */
  readonly schedulerRole: iam.IRole;

  /** Serves the schedules that are not whole minutes. Made when it is first asked for. */
  readonly ticker: ITicker;

  /** What a function gets unless it says otherwise. */
  readonly defaults: FunctionDefaults;

  /**
   * Stage that is part of the deployed names.
   *
   * @default - none
   */
  readonly stage?: string;

  /**
   * Takes a name for a function of the group. Called by the function.
   *
   * @throws when the group has a function of that name: their runs could not be told apart
   */
  claimName(name: string): void;

  /** Lets a grantee publish events on the group's bus. */
  grantEmit(grantee: iam.IGrantable): iam.Grant;
}
