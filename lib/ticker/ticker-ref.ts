import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Interval } from '../schedule/interval';

/** What the ticker must know of a function that it serves. */
export interface TickerSchedule {
  /** Name of the function within its group. */
  readonly name: string;

  /** Distance between two points of the grid. */
  readonly interval: Interval;

  /**
   * A point of the grid, and the first moment that may run.
   *
   * @default - the grid starts at 1970-01-01T00:00:00Z, and runs start as soon as it is deployed
   */
  readonly start?: Date;

  /**
   * Last moment that may run.
   *
   * @default - no end
   */
  readonly end?: Date;

  /**
   * `payload` of the event that the function gets, as JSON.
   *
   * @default - none
   */
  readonly payload?: any;

  /** Whether the function's own run tracker drops a second delivery of the same run. */
  readonly tracked: boolean;
}

/** Starts functions on a grid of seconds. */
export interface ITicker {
  /** Adds a function to those that it starts. */
  addFunction(fn: lambda.IFunction, schedule: TickerSchedule): void;
}
