import { Lazy, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { FunctionSettings } from './function-settings';

/**
 * Gives a function its log group: a new one with a retention, unless one is set. The new log group is a child of the function, so it
 * can only be made after it: it replaces the log group that the CDK made. The managed policy of a role that the CDK made is removed
 * as well, because it would let the function create log groups that no stack owns.
 *
 * @internal
 */
export function addLogGroup(fn: lambda.Function, options: FunctionSettings, access: iam.IGrantable): logs.ILogGroup {
  const logGroup = options.logGroup ?? newLogGroup(fn, options);
  const role = fn.role?.node.defaultChild;
  // With Role.customizeRoles there is no role to deploy.
  if (!options.role && role instanceof iam.CfnRole) removeBasicExecutionPolicy(role);
  iam.Grant.addToPrincipal({
    grantee: access,
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resourceArns: [logGroup.logGroupArn],
  });
  return logGroup;
}

function newLogGroup(fn: lambda.Function, options: FunctionSettings): logs.LogGroup {
  fn.node.tryRemoveChild('LogGroup');
  const logGroup = new logs.LogGroup(fn, 'LogGroup', {
    retention: options.logRetention ?? logs.RetentionDays.ONE_MONTH,
    removalPolicy: options.logRemovalPolicy ?? RemovalPolicy.DESTROY,
  });
  const resource = fn.node.defaultChild as lambda.CfnFunction;
  resource.loggingConfig = { ...resource.loggingConfig, logGroup: logGroup.logGroupName };
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
