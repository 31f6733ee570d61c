import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ValidationError } from '../private/errors';
import type { IAdapterModule } from './adapter-module-ref';
import { CONSECUTIVE_FAILURES_METRIC, MODULE_DIMENSION, type ModuleConfig, UNHEALTHY_AFTER } from './constants';
import type { InvokerTargetConfig } from './invoker-target';
import type { AdapterModuleOptions } from './module-options';
import { milliseconds, validateModule, validateModuleName } from './validate-module';

/** Minutes for which the alarm stays on after the last failed call, because callers report nothing until they call again. */
const ALARM_MINUTES = 5;

/**
 * Properties of a module.
 *
 * @internal
 */
interface AdapterModuleProps extends AdapterModuleOptions {
  /** Namespace of the metric. */
  readonly metricNamespace?: string;
  /** Whether the module has an alarm. */
  readonly unhealthyAlarm: boolean;
  /** Actions of the alarm. */
  readonly alarmActions: cloudwatch.IAlarmAction[];
}

/**
 * A module of an invoker: its configuration for callers, and their permissions.
 *
 * @internal
 */
export class AdapterModule extends Construct implements IAdapterModule {
  public readonly unhealthyAlarm?: cloudwatch.Alarm;
  /** Configuration for callers. */
  public readonly config: ModuleConfig;
  private readonly target: InvokerTargetConfig;

  public constructor(
    scope: Construct,
    public readonly moduleName: string,
    private readonly props: AdapterModuleProps,
  ) {
    validateModuleName(scope, moduleName);
    // With a prefix, because a module may have the same name as another child.
    super(scope, `Module-${moduleName}`);
    validateModule(this, moduleName, props);
    this.target = props.target.bind(this, { account: props.assumeRole?.env.account });
    this.config = this.toConfig();
    if (props.assumeRole) this.grantInvoke(props.assumeRole);
    if (props.unhealthyAlarm) this.unhealthyAlarm = this.alarm();
  }

  /** The function that does the work of the module; undefined if this app does not contain it. */
  public get fn(): lambda.IFunction | undefined {
    return this.target.fn;
  }

  /** Allows a caller to invoke exactly the function of the module, or to assume exactly its role. */
  public grantCall(grantee: iam.IGrantable): iam.Grant {
    const { assumeRole } = this.props;
    if (!assumeRole) return this.grantInvoke(grantee);
    return iam.Grant.addToPrincipal({ grantee, actions: ['sts:AssumeRole'], resourceArns: [assumeRole.roleArn] });
  }

  public metricConsecutiveFailures(props: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    const namespace = this.props.metricNamespace;
    if (namespace === undefined) {
      throw new ValidationError(
        `the metric of module '${this.moduleName}' requires metricNamespace or unhealthyAlarms of the invoker, got: neither`,
        this,
      );
    }
    return new cloudwatch.Metric({
      period: Duration.minutes(1),
      statistic: cloudwatch.Stats.MAXIMUM,
      ...props,
      namespace,
      metricName: CONSECUTIVE_FAILURES_METRIC,
      dimensionsMap: { [MODULE_DIMENSION]: this.moduleName },
    }).attachTo(this);
  }

  private grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['lambda:InvokeFunction'],
      resourceArns: this.target.resourceArns,
    });
  }

  private toConfig(): ModuleConfig {
    const { invocationType, version, scopes, maxRetries, assumeRole, externalId } = this.props;
    return {
      function: this.target.functionName,
      prefix: this.target.functionPrefix,
      region: this.target.region,
      invocationType,
      version,
      scopes: scopes?.length ? scopes : undefined,
      roleArn: assumeRole?.roleArn,
      externalId,
      maxRetries,
      initialRetryDelayMs: milliseconds(this.props.initialRetryDelay),
      maxRetryDelayMs: milliseconds(this.props.maxRetryDelay),
      connectionTimeoutMs: milliseconds(this.props.connectionTimeout),
      requestTimeoutMs: milliseconds(this.props.requestTimeout),
    };
  }

  /** One failing minute of the last few is enough. Otherwise a module that is called less than once a minute is never unhealthy. */
  private alarm(): cloudwatch.Alarm {
    const alarm = this.metricConsecutiveFailures().createAlarm(this, 'Unhealthy', {
      alarmDescription: `Module '${this.moduleName}': at least ${UNHEALTHY_AFTER} consecutive calls have failed. The errors are in the logs of its callers`,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: UNHEALTHY_AFTER,
      evaluationPeriods: ALARM_MINUTES,
      datapointsToAlarm: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(...this.props.alarmActions);
    return alarm;
  }
}
