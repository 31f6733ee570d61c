import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Interval } from '../schedule/interval';

/** Schedule of a function that the ticker starts. */
export interface TickerSchedule {
  /** Name of the function within its group. */
  readonly name: string;

  /** Time between two runs. */
  readonly interval: Interval;

  /**
   * Earliest time of a run, at which the grid starts.
   *
   * @default - the grid starts at 1970-01-01T00:00:00Z, and runs start when the function is deployed
   */
  readonly start?: Date;

  /**
   * Latest time of a run.
   *
   * @default - no end
   */
  readonly end?: Date;

  /**
   * `payload` of the event that the handler receives: any JSON value.
   *
   * @default - null
   */
  readonly payload?: any;

  /** Whether the run tracker of the function drops a second delivery of the same run. */
  readonly tracked: boolean;
}

/** Starts functions on a grid of seconds. */
export interface ITicker {
  /** Adds a function to start. */
  addFunction(fn: lambda.IFunction, schedule: TickerSchedule): void;
}
