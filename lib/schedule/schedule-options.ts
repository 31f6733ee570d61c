import type * as scheduler from 'aws-cdk-lib/aws-scheduler';

/** Schedule of a function. */
export interface ScheduleOptions {
  /**
   * Time between two runs, as a time string such as `30s`, `1h30m` or `2w3d5h20m30s`. EventBridge Scheduler serves whole
   * minutes; the group's ticker serves everything else.
   *
   * @default - `schedule` sets the times
   */
  readonly every?: string;

  /**
   * Cron expression, rate or single date, with its time zone.
   *
   * @default - `every` sets the times
   */
  readonly schedule?: scheduler.ScheduleExpression;

  /**
   * Earliest time of a run. With the ticker, the grid also starts here. A start in the past is accepted: runs start when the function
   * is deployed.
   *
   * @default - runs start when the function is deployed
   */
  readonly start?: Date;

  /**
   * Latest time of a run. After an end in the past, no run starts.
   *
   * @default - no end
   */
  readonly end?: Date;

  /**
   * Whether the schedule starts runs.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * `payload` of the event that the handler receives: any JSON value.
   *
   * @default - null
   */
  readonly payload?: any;
}
