import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { ENV_RUN_QUEUE_URL, START_TRIES } from './constants';

/**
 * Queue in which runs wait until they are due.
 *
 * @internal
 */
export class RunQueue extends sqs.Queue {
  public constructor(scope: Construct, id: string, deadLetterQueue: sqs.IQueue) {
    super(scope, id, {
      enforceSSL: true,
      retentionPeriod: Duration.days(1),
      visibilityTimeout: Duration.minutes(3),
      deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: START_TRIES },
    });
  }

  /** Lets a function enqueue runs, and tell this queue from a former one: sets the environment variable and grants the permission. */
  public addTo(fn: lambda.Function): iam.Grant {
    fn.addEnvironment(ENV_RUN_QUEUE_URL, this.queueUrl);
    return iam.Grant.addToPrincipal({
      grantee: fn,
      actions: ['sqs:GetQueueAttributes', 'sqs:SendMessage'],
      resourceArns: [this.queueArn],
    });
  }
}
