import { Duration, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { CONTEXT_LOCAL } from '../context/constants';
import { PUBLISHED_VERSION, TRAFFIC_SHIFT_MINUTES, TRAFFIC_SHIFT_PERCENT } from '../limits/constants';
import { formatValue, requireIntegerBetween, ValidationError } from '../private/errors';
import { requireDurationBetween, requireKnown } from '../private/tokens';
import { type OptionNames, refuseUnknownOptions } from '../private/unknown-options';

/** Steps of a gradual traffic shift. */
export interface ShiftOptions {
  /**
   * Percentage of the invocations that each step shifts: 1 to 99.
   *
   * @default 10
   */
  readonly percent?: number;

  /**
   * Time between two steps, in whole minutes: at least 1 minute, and at most 2 days for the whole shift.
   *
   * @default Duration.minutes(5)
   * @see https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html
   */
  readonly interval?: Duration;

  /**
   * Alarms that shift all traffic back to the previous version.
   *
   * @default - none: traffic goes back when the deploy fails or is stopped
   */
  readonly alarms?: cloudwatch.IAlarm[];
}

const SHIFT_OPTIONS: OptionNames<ShiftOptions> = { alarms: true, interval: true, percent: true };

/** Alias that a traffic shift is bound to. */
export interface TrafficShiftBindOptions {
  /** Construct id of the alias. */
  readonly aliasId: string;

  /** Function of the alias. */
  readonly function: lambda.IFunction;
}

/** Traffic of an alias. */
export interface TrafficShiftConfig {
  /**
   * Versions besides the current one that receive a part of the traffic.
   *
   * @default - none
   */
  readonly additionalVersions?: lambda.VersionWeight[];

  /**
   * Steps in which CodeDeploy shifts the traffic.
   *
   * @default - traffic shifts at once, without CodeDeploy
   */
  readonly routing?: codedeploy.TrafficRouting;

  /**
   * Alarms on which CodeDeploy shifts the traffic back.
   *
   * @default - none
   */
  readonly alarms?: cloudwatch.IAlarm[];
}

type ShiftBinding = (scope: Construct, options: TrafficShiftBindOptions) => TrafficShiftConfig;

/** Way in which the traffic of an alias moves to a new version. */
export class TrafficShift {
  /** Shift all traffic as soon as the new version is deployed. */
  public static allAtOnce(): TrafficShift {
    return new TrafficShift(() => ({}));
  }

  /**
   * Shift a part of the traffic first, and the rest after the interval. CodeDeploy shifts it during the deploy, and shifts it back on
   * an alarm.
   */
  public static canary(options: ShiftOptions = {}): TrafficShift {
    refuseUnknownOptions('TrafficShift.canary', options, SHIFT_OPTIONS);
    const { percent, interval } = validShift(options, () => 1);
    return new TrafficShift(byCodeDeploy(codedeploy.TrafficRouting.timeBasedCanary({ percentage: percent, interval }), options));
  }

  /** Shift a part of the traffic after each interval. CodeDeploy shifts it during the deploy, and shifts it back on an alarm. */
  public static linear(options: ShiftOptions = {}): TrafficShift {
    refuseUnknownOptions('TrafficShift.linear', options, SHIFT_OPTIONS);
    const { percent, interval } = validShift(options, (part) => Math.ceil(100 / part) - 1);
    return new TrafficShift(byCodeDeploy(codedeploy.TrafficRouting.timeBasedLinear({ percentage: percent, interval }), options));
  }

  /**
   * Send a part of the traffic to an older version, and the rest to the new one, until the app changes it.
   *
   * @param version number of a published version, such as `3`
   * @param weight share of the invocations of that version: 0 to 1
   */
  public static split(version: string, weight: number): TrafficShift {
    if (!Token.isUnresolved(version) && !PUBLISHED_VERSION.test(version)) {
      throw new ValidationError(`version must be the number of a published version, got: ${formatValue(version)}`);
    }
    requireKnown('weight of a split', weight);
    if (!(weight >= 0 && weight <= 1)) {
      throw new ValidationError(`weight must be between 0 and 1, got: ${formatValue(weight)}`);
    }
    return new TrafficShift((scope, { aliasId, function: fn }) => ({
      additionalVersions: [
        { version: lambda.Version.fromVersionAttributes(scope, `${aliasId}Kept`, { lambda: fn, version }), weight },
      ],
    }));
  }

  private constructor(private readonly binding: ShiftBinding) {}

  /** Returns the traffic of an alias. Called by the alias. */
  public bind(scope: Construct, options: TrafficShiftBindOptions): TrafficShiftConfig {
    return this.binding(scope, options);
  }
}

/** The local engine has no CodeDeploy. */
function byCodeDeploy(routing: codedeploy.TrafficRouting, { alarms }: ShiftOptions): ShiftBinding {
  return (scope) => (scope.node.tryGetContext(CONTEXT_LOCAL) ? {} : { routing, alarms });
}

/** @param intervals number of intervals of the whole shift, by the percentage */
function validShift(options: ShiftOptions, intervals: (percent: number) => number): { percent: number; interval: Duration } {
  const { percent = 10, interval = Duration.minutes(5) } = options;
  requireIntegerBetween('percent of a shift', percent, TRAFFIC_SHIFT_PERCENT.min, TRAFFIC_SHIFT_PERCENT.max);
  const { min, max } = TRAFFIC_SHIFT_MINUTES;
  const longest = Token.isUnresolved(percent) ? max : Math.floor(max / intervals(percent));
  requireDurationBetween('interval of a shift', interval, 'minutes', { min, max: longest });
  return { percent, interval };
}
