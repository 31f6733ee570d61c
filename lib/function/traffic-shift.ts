import { Duration, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import { formatValue, requireIntegerBetween, ValidationError } from '../private/errors';

/** The longest that CodeDeploy may take to shift the traffic of a function, in minutes: 2 days. */
const LONGEST_SHIFT_MINUTES = 2880;

/** How much of the traffic goes over to a new version at once, and when the rest does. */
export interface ShiftOptions {
  /**
   * Part of the invocations, in percent: 1 to 99.
   *
   * @default 10
   */
  readonly percent?: number;

  /**
   * Time between two steps, in whole minutes: at least 1, and 2 days in all.
   *
   * @default Duration.minutes(5)
   * @see https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html
   */
  readonly interval?: Duration;

  /**
   * Alarms that send all of the traffic back to the version before.
   *
   * @default - none: it goes back when the deploy fails or is stopped
   */
  readonly alarms?: cloudwatch.IAlarm[];
}

/** How the traffic of an alias goes over to a new version. */
export class TrafficShift {
  /** All of it, as soon as the new version is deployed. */
  public static allAtOnce(): TrafficShift {
    return new TrafficShift();
  }

  /** A part of it at first, the rest after the interval. CodeDeploy does it while the stack is deployed, and takes it back on an alarm. */
  public static canary(options: ShiftOptions = {}): TrafficShift {
    const { percent, interval } = validShift(options, () => 1);
    return new TrafficShift({ routing: codedeploy.TrafficRouting.timeBasedCanary({ percentage: percent, interval }), options });
  }

  /** A part of it after each interval. CodeDeploy does it while the stack is deployed, and takes it back on an alarm. */
  public static linear(options: ShiftOptions = {}): TrafficShift {
    const { percent, interval } = validShift(options, (part) => Math.ceil(100 / part) - 1);
    return new TrafficShift({ routing: codedeploy.TrafficRouting.timeBasedLinear({ percentage: percent, interval }), options });
  }

  /**
   * A part of it to an older version, for as long as the app says so, and the rest to the new one.
   *
   * @param version number of a published version, such as `3`
   * @param weight part of the invocations that go to it: 0 to 1
   */
  public static split(version: string, weight: number): TrafficShift {
    if (!Token.isUnresolved(version) && !/^[1-9]\d*$/.test(version)) {
      throw new ValidationError(`version must be the number of a published version, got: ${formatValue(version)}`);
    }
    if (!Token.isUnresolved(weight) && !(weight >= 0 && weight <= 1)) {
      throw new ValidationError(`weight must be between 0 and 1, got: ${formatValue(weight)}`);
    }
    return new TrafficShift(undefined, { version, weight });
  }

  private constructor(
    /** @internal */
    public readonly _byCodeDeploy?: { readonly routing: codedeploy.TrafficRouting; readonly options: ShiftOptions },
    /** @internal */
    public readonly _kept?: { readonly version: string; readonly weight: number },
  ) {}
}

/** @param intervals how many of them the whole shift takes, by the percentage */
function validShift(options: ShiftOptions, intervals: (percent: number) => number): { percent: number; interval: Duration } {
  const { percent = 10, interval = Duration.minutes(5) } = options;
  requireIntegerBetween('percent of a shift', percent, 1, 99);
  if (!interval.isUnresolved()) {
    const longest = Math.floor(LONGEST_SHIFT_MINUTES / intervals(percent));
    requireIntegerBetween('interval of a shift in minutes', interval.toMinutes({ integral: false }), 1, longest);
  }
  return { percent, interval };
}
