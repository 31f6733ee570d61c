import type { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sqs from 'aws-cdk-lib/aws-sqs';

interface FunctionTargetProps {
  readonly role: iam.IRole;
  readonly deadLetterQueue: sqs.IQueue;
  readonly input: scheduler.ScheduleTargetInput;
  readonly retryAttempts: number;
  readonly maxEventAge: Duration;
}

/**
 * A function as the target of a schedule: one role for the group, with the right to invoke exactly its functions, and
 * delivery that gives up in the dead-letter queue. (The CDK's own target makes a role for each function, and by default
 * delivers up to 185 times in 24 hours.)
 *
 * @internal
 */
export class FunctionTarget implements scheduler.IScheduleTarget {
  public constructor(
    private readonly fn: lambda.IFunction,
    private readonly props: FunctionTargetProps,
  ) {}

  public bind(_schedule: scheduler.ISchedule): scheduler.ScheduleTargetConfig {
    const { role, deadLetterQueue, input, retryAttempts, maxEventAge } = this.props;
    iam.Grant.addToPrincipal({ grantee: role, actions: ['lambda:InvokeFunction'], resourceArns: [this.fn.functionArn] });
    return {
      arn: this.fn.functionArn,
      role,
      input,
      retryPolicy: { maximumRetryAttempts: retryAttempts, maximumEventAgeInSeconds: maxEventAge.toSeconds() },
      deadLetterConfig: { arn: deadLetterQueue.queueArn },
    };
  }
}
