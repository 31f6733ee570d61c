import { Lazy, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { FunctionDefaults } from './function-options';

/**
 * Adds a log group with a retention to a function.
 *
 * The log group is a child of the function, so it can only be made after it: it replaces the log group that the CDK made. The
 * managed policy is removed as well, because it would let the function create log groups that no stack owns.
 *
 * @internal
 */
export function addLogGroup(fn: lambda.Function, options: FunctionDefaults): logs.LogGroup {
  fn.node.tryRemoveChild('LogGroup');
  const logGroup = new logs.LogGroup(fn, 'LogGroup', {
    retention: options.logRetention ?? logs.RetentionDays.ONE_MONTH,
    removalPolicy: options.logRemovalPolicy ?? RemovalPolicy.DESTROY,
  });
  const resource = fn.node.defaultChild as lambda.CfnFunction;
  resource.loggingConfig = { logFormat: 'JSON', logGroup: logGroup.logGroupName };
  const role = fn.role?.node.defaultChild;
  // With Role.customizeRoles there is no role to deploy.
  if (role instanceof iam.CfnRole) removeBasicExecutionPolicy(role);
  logGroup.grantWrite(fn);
  return logGroup;
}

function removeBasicExecutionPolicy(role: iam.CfnRole): void {
  const policies = role.managedPolicyArns;
  role.managedPolicyArns = Token.asList(
    Lazy.any({
      produce: () => {
        const arns: unknown[] = Stack.of(role).resolve(policies) ?? [];
        const others = arns.filter((arn) => !JSON.stringify(arn).includes('AWSLambdaBasicExecutionRole'));
        return others.length > 0 ? others : undefined;
      },
    }),
  );
}
