import type { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/**
 * Resources that the schedules of a group share.
 *
 * @internal
 */
export interface ScheduleResources {
  /** Group of EventBridge Scheduler that the schedule belongs to. */
  readonly scheduleGroup: scheduler.IScheduleGroup;
  /** Role that EventBridge Scheduler assumes to invoke the functions. It must be allowed to send to the dead-letter queue. */
  readonly schedulerRole: iam.IRole;
  /** Queue for invocations that could not be delivered. */
  readonly deadLetterQueue: sqs.IQueue;
}

interface FunctionScheduleProps {
  readonly fn: lambda.IFunction;
  readonly expression: scheduler.ScheduleExpression;
  readonly input: scheduler.ScheduleTargetInput;
  readonly resources: ScheduleResources;
  /** Retries of a delivery that failed. */
  readonly retryAttempts: number;
  /** Age at which a delivery is given up. */
  readonly maxEventAge: Duration;
  readonly enabled?: boolean;
  readonly start?: Date;
  readonly end?: Date;
}

/**
 * Schedule of EventBridge Scheduler that invokes a function. All schedules of a group share one role, which may invoke exactly
 * their functions, and delivery ends in the dead-letter queue. (The CDK's own target makes a role for each function, and by
 * default delivers up to 185 times in 24 hours.)
 *
 * @internal
 */
export class FunctionSchedule extends scheduler.Schedule {
  public constructor(scope: Construct, id: string, props: FunctionScheduleProps) {
    const { fn, resources, input, retryAttempts, maxEventAge } = props;
    const { scheduleGroup, schedulerRole: role, deadLetterQueue } = resources;
    super(scope, id, {
      schedule: props.expression,
      scheduleGroup,
      enabled: props.enabled,
      start: props.start,
      end: props.end,
      target: {
        bind: () => ({
          arn: fn.functionArn,
          role,
          input,
          retryPolicy: { maximumRetryAttempts: retryAttempts, maximumEventAgeInSeconds: maxEventAge.toSeconds() },
          deadLetterConfig: { arn: deadLetterQueue.queueArn },
        }),
      },
    });
    iam.Grant.addToPrincipal({ grantee: role, actions: ['lambda:InvokeFunction'], resourceArns: [fn.functionArn] });
    // The CDK writes the name of the schedule group as text, so CloudFormation does not see that the group comes first.
    this.node.addDependency(scheduleGroup);
  }
}
