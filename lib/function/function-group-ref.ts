import type * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import type { IFailureRecorder } from '../runs/failure-recorder-ref';
import type { IRunTable } from '../runs/run-table';
import type { FunctionDefaults } from './function-defaults';

/** Resources and defaults that the functions of a group share. */
export interface IFunctionGroup extends IConstruct {
  /** Name of the group: its construct path. */
  readonly groupName: string;

  /** Event bus of the group. */
  readonly eventBus: events.IEventBus;

  /** Table with a record of every run. */
  readonly runTable: IRunTable;

  /** Queue for events that could not be delivered, and for events that failed in every attempt. */
  readonly deadLetterQueue: sqs.IQueue;

  /**
   * Role that EventBridge assumes to invoke the functions of the group on events. A function of another stack has a permission for
   * its rule instead.
   */
  readonly eventsRole: iam.IRole;

  /** Records the runs of tracked functions that Lambda could not start. */
  readonly failureRecorder: IFailureRecorder;

  /** Default options of the functions of the group. */
  readonly defaults: FunctionDefaults;

  /**
   * Stage that is part of the deployed names.
   *
   * @default - none
   */
  readonly stage?: string;

  /** Allows a grantee to publish events on the group's bus. */
  grantEmit(grantee: iam.IGrantable): iam.Grant;
}
