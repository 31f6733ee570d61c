import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';

/** A module that callers can call. */
export interface IAdapterModule extends IConstruct {
  /** Module name. */
  readonly moduleName: string;

  /**
   * Alarm for an unhealthy module.
   *
   * @default - none, unless the invoker has `unhealthyAlarms`
   */
  readonly unhealthyAlarm?: cloudwatch.Alarm;

  /**
   * Metric of consecutive failed calls: the maximum within a minute. Callers report it after each failed call, and after the
   * first successful call that follows.
   *
   * @throws when the invoker has no `metricNamespace`
   */
  metricConsecutiveFailures(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
}
