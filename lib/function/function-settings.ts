import type { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';

/** Settings of any function, whatever its code is. */
export interface FunctionSettings {
  /**
   * Memory, in MiB: 128 to 10,240.
   *
   * @default 256
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
   */
  readonly memorySize?: number;

  /**
   * Maximum duration of one attempt: 1 second to 15 minutes.
   *
   * @default Duration.minutes(1)
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
   */
  readonly timeout?: Duration;

  /**
   * Processor architecture.
   *
   * @default lambda.Architecture.ARM_64
   */
  readonly architecture?: lambda.Architecture;

  /**
   * Size of `/tmp`: 512 MiB to 10,240 MiB.
   *
   * @default - 512 MiB
   */
  readonly ephemeralStorageSize?: Size;

  /**
   * VPC to run the function in.
   *
   * @default - none
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Subnets of the VPC.
   *
   * @default - private subnets with a route to the internet
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Security groups of the function in the VPC.
   *
   * @default - a new security group
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * Whether the new security group allows all outgoing traffic over IPv4.
   *
   * @default true
   */
  readonly allowAllOutbound?: boolean;

  /**
   * Whether the new security group allows all outgoing traffic over IPv6.
   *
   * @default false
   */
  readonly allowAllIpv6Outbound?: boolean;

  /**
   * Whether the function may be in a public subnet, where it has no access to the internet. The default VPC of an account has
   * only public subnets.
   *
   * @default false
   */
  readonly allowPublicSubnet?: boolean;

  /**
   * Whether the function may send IPv6 traffic in dual-stack subnets.
   *
   * @default false
   */
  readonly ipv6AllowedForDualStack?: boolean;

  /**
   * Execution role. It gets the permissions that the function needs. An imported role that cannot be changed must have them: synth
   * warns and lists them.
   *
   * @default - a new role
   */
  readonly role?: iam.IRole;

  /**
   * Statements for the execution role. A function adds its own to those of its group.
   *
   * @default - none
   */
  readonly initialPolicy?: iam.PolicyStatement[];

  /**
   * Time that log lines are kept.
   *
   * @default logs.RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * Removal policy of the log group, applied when the function is deleted.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly logRemovalPolicy?: RemovalPolicy;

  /**
   * Log group to write to, instead of one of its own. `logRetention` and `logRemovalPolicy` are then set on the log group.
   *
   * @default - a new log group
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * Format of the log lines. The log levels require JSON.
   *
   * @default lambda.LoggingFormat.JSON
   */
  readonly loggingFormat?: lambda.LoggingFormat;

  /**
   * Lowest level of the handler's log lines that are kept.
   *
   * @default lambda.ApplicationLogLevel.INFO
   */
  readonly applicationLogLevelV2?: lambda.ApplicationLogLevel;

  /**
   * Lowest level of Lambda's own log lines that are kept.
   *
   * @default lambda.SystemLogLevel.INFO
   */
  readonly systemLogLevelV2?: lambda.SystemLogLevel;

  /**
   * X-Ray tracing.
   *
   * @default lambda.Tracing.DISABLED, with which Lambda passes on the trace of a caller but adds nothing to it
   */
  readonly tracing?: lambda.Tracing;

  /**
   * Version of CloudWatch Lambda Insights. It takes one of the 5 layers.
   *
   * @default - no Lambda Insights
   */
  readonly insightsVersion?: lambda.LambdaInsightsVersion;

  /**
   * Key that encrypts the environment variables. The role gets the permission to decrypt them.
   *
   * @default - a key of Lambda
   */
  readonly environmentEncryption?: kms.IKeyRef;

  /**
   * Configuration that checks the signature of the code.
   *
   * @default - signatures are not checked
   */
  readonly codeSigningConfig?: lambda.ICodeSigningConfigRef;

  /**
   * When Lambda updates the runtime.
   *
   * @default lambda.RuntimeManagementMode.AUTO
   */
  readonly runtimeManagementMode?: lambda.RuntimeManagementMode;
}
