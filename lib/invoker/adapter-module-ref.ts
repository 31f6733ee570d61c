import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';

/** A module that callers can call. */
export interface IAdapterModule extends IConstruct {
  /** Name of the module. */
  readonly moduleName: string;

  /** Goes off while the module is unhealthy: where the invoker has `unhealthyAlarms`. */
  readonly unhealthyAlarm?: cloudwatch.Alarm;

  /**
   * How many of its calls in a row have failed: the most within a minute. Callers report it after each failed call, and after
   * the one that ends the row.
   *
   * @throws when the invoker has no `metricNamespace`
   */
  metricConsecutiveFailures(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
}
