import type * as scheduler from 'aws-cdk-lib/aws-scheduler';

/** When a function runs by the clock. */
export interface ScheduleOptions {
  /**
   * Time between two runs, as a time string such as `30s`, `1h30m` or `2w3d5h20m30s`. Whole minutes are served by
   * EventBridge Scheduler, anything else by the group's ticker.
   *
   * @default - `schedule` says when
   */
  readonly every?: string;

  /**
   * A cron expression, a rate or one moment, with its time zone.
   *
   * @default - `every` says when
   */
  readonly schedule?: scheduler.ScheduleExpression;

  /**
   * First moment that may run. With the ticker, the grid starts here as well.
   *
   * @default - as soon as it is deployed
   */
  readonly start?: Date;

  /**
   * Last moment that may run.
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
   * `payload` of the event that the handler gets: any JSON value.
   *
   * @default - null
   */
  readonly payload?: any;
}
