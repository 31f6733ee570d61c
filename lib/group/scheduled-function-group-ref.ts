import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type { IFunctionGroup } from '../function/function-group-ref';
import type { ITicker } from '../ticker/ticker-ref';

/** Function group with the resources that scheduled functions share. */
export interface IScheduledFunctionGroup extends IFunctionGroup {
  /** Group of EventBridge Scheduler for the schedules of the functions. */
  readonly scheduleGroup: scheduler.IScheduleGroup;

  /** Role that EventBridge Scheduler assumes to invoke the functions. It must be allowed to send to the dead-letter queue. */
  readonly schedulerRole: iam.IRole;

  /** Ticker for the schedules that are not whole minutes. */
  readonly ticker: ITicker;
}
