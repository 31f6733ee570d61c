import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { FunctionAccess } from './function-access';

/** Actions on the KMS key of an encrypted queue or topic that a sender needs. */
const SENDER_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey'];

/**
 * Makes Lambda send events that failed in every attempt to the function's dead-letter queue or topic, with the function's role. The
 * CDK's own property would add a policy to each function, and would forget the key of an encrypted queue.
 *
 * @internal
 */
export function setDeadLetters(fn: lambda.Function, access: FunctionAccess): void {
  const { deadLetterQueue: queue, deadLetterTopic: topic } = fn;
  const targetArn = topic?.topicArn ?? queue?.queueArn;
  if (targetArn === undefined) return;
  (fn.node.defaultChild as lambda.CfnFunction).deadLetterConfig = { targetArn };
  const grant = (actions: string[], arn: string) => iam.Grant.addToPrincipal({ grantee: access, actions, resourceArns: [arn] });
  grant([topic ? 'sns:Publish' : 'sqs:SendMessage'], targetArn);
  const key = topic ? topic.masterKey : queue?.encryptionMasterKey;
  if (key) grant(SENDER_ACTIONS, key.keyArn);
}
