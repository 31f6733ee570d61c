import { Annotations, Duration, Lazy, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ENV_EVENT_BUS } from '../event/constants';
import { requireIntegerBetween, show, ValidationError } from '../private/errors';
import { eventNamePattern } from '../private/event-pattern';
import { ENV_FUNCTION, ENV_GROUP, ENV_LOCAL, ENV_OVERLAP_LIMIT, ENV_OVERLAP_SCOPE } from '../runs/constants';
import { Overlap } from '../runs/overlap';
import { CONTEXT_LOCAL } from './constants';
import type { IFunctionGroup } from './function-group-ref';
import type { FunctionDefaults, FunctionOptions } from './function-options';

/** @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ENVIRONMENT_MAX_BYTES = 4096;
const NAME_MAX_LENGTH = 64;
const MAX_LAYERS = 5;

/** How often and how long EventBridge tries to hand an event to Lambda before the dead-letter queue gets it. */
const EVENT_DELIVERY = { maximumRetryAttempts: 10, maximumEventAgeInSeconds: 3600 };

/** Properties of a managed function. */
export interface ManagedFunctionProps extends FunctionOptions {
  /**
   * Group whose bus, run table and dead-letter queue the function uses.
   *
   * @default - none: runs are not tracked, and the function can neither emit events nor run on them
   */
  readonly group?: IFunctionGroup;
}

/**
 * A Lambda function with what a function in production needs: its own log group with a retention, JSON logs, limits
 * checked at synth, runs recorded with their state, and the group's dead-letter queue.
 *
 * It is a `lambda.Function`, so it goes wherever the CDK takes one.
 */
export class ManagedFunction extends lambda.Function {
  /** Name of the function within its group: what the run table and the `katamari` command call it. */
  public readonly name: string;

  /** Whether each run is recorded in the group's run table. */
  public readonly runsTracked: boolean;

  private readonly ownLogGroup: logs.LogGroup;

  public constructor(scope: Construct, id: string, props: ManagedFunctionProps) {
    const given = { ...props.group?.defaults, ...definedOf(props) } as ManagedFunctionProps;
    const name = props.name ?? id;
    const environment = mergedEnvironment(props.group?.defaults.environment, props.environment);
    validateOptions(scope, name, { ...given, environment });
    const architecture = given.architecture ?? lambda.Architecture.ARM_64;
    const source = given.source.bind(scope, {
      runtime: props.runtime,
      defaultRuntime: props.group?.defaults.runtime,
      architecture,
      wrapHandler: props.group !== undefined,
    });
    const tracked = source.wrapped && (given.trackRuns ?? true);
    const overlap = possibleOverlap(scope, name, given.overlap ?? Overlap.allow(), tracked);

    super(scope, id, {
      functionName: physicalName(scope, name, props),
      description: given.description,
      memorySize: given.memorySize ?? 256,
      timeout: given.timeout ?? Duration.minutes(1),
      architecture,
      environment: mergedEnvironment(source.environment, environment),
      tracing: given.tracing ?? lambda.Tracing.DISABLED,
      loggingFormat: lambda.LoggingFormat.JSON,
      retryAttempts: given.retryAttempts,
      maxEventAge: given.maxEventAge,
      ephemeralStorageSize: given.ephemeralStorageSize,
      layers: given.layers,
      vpc: given.vpc,
      vpcSubnets: given.vpcSubnets,
      securityGroups: given.securityGroups,
      deadLetterQueue: props.group?.deadLetterQueue,
      reservedConcurrentExecutions: overlap.reservedConcurrency,
      code: source.code,
      handler: source.handler,
      runtime: source.runtime,
    });

    this.name = name;
    this.runsTracked = tracked;
    this.ownLogGroup = this.replaceLogGroup(given);
    this.addEnvironment(ENV_FUNCTION, name);
    if (props.group) this.join(props.group, overlap);
    if (props.on?.length) this.runOn(props.on, props.group);
    if (overlap.reservedConcurrency !== undefined) {
      Annotations.of(this).addWarningV2(
        'cdk-katamari:reservedConcurrency',
        `Overlap.queue(${overlap.reservedConcurrency}) reserves ${overlap.reservedConcurrency} of the account's concurrent executions for '${name}': no other function can use them, 100 must stay unreserved, and the deploy fails in an account that has too few (new accounts start with 10)`,
      );
    }
    this.node.addValidation({ validate: () => this.validateEnvironment() });
  }

  /** Log group of the function. */
  public override get logGroup(): logs.ILogGroup {
    return this.ownLogGroup;
  }

  /**
   * The log group is a child of the function, which can't exist before it: so it takes the place of the one that the CDK
   * made. The managed policy goes with it, because it would let the function create log groups that nobody owns.
   */
  private replaceLogGroup(options: FunctionDefaults): logs.LogGroup {
    this.node.tryRemoveChild('LogGroup');
    const logGroup = new logs.LogGroup(this, 'LogGroup', {
      retention: options.logRetention ?? logs.RetentionDays.ONE_MONTH,
      removalPolicy: options.logRemovalPolicy ?? RemovalPolicy.DESTROY,
    });
    const resource = this.node.defaultChild as lambda.CfnFunction;
    resource.loggingConfig = { logFormat: 'JSON', logGroup: logGroup.logGroupName };
    const role = this.role?.node.defaultChild;
    // With Role.customizeRoles there is no role to deploy.
    if (role instanceof iam.CfnRole) this.removeBasicExecutionPolicy(role);
    logGroup.grantWrite(this);
    return logGroup;
  }

  private removeBasicExecutionPolicy(role: iam.CfnRole): void {
    const policies = role.managedPolicyArns;
    role.managedPolicyArns = Token.asList(
      Lazy.any({
        produce: () => {
          const arns: unknown[] = Stack.of(this).resolve(policies) ?? [];
          const others = arns.filter((arn) => !JSON.stringify(arn).includes('AWSLambdaBasicExecutionRole'));
          return others.length > 0 ? others : undefined;
        },
      }),
    );
  }

  private join(group: IFunctionGroup, overlap: Overlap): void {
    group.claimName(this.name);
    this.addEnvironment(ENV_GROUP, group.groupName);
    this.addEnvironment(ENV_EVENT_BUS, group.eventBus.eventBusName);
    group.grantEmit(this);
    if (!this.runsTracked) return;
    group.runTable.trackRunsOf(this);
    if (this.node.tryGetContext(CONTEXT_LOCAL)) this.addEnvironment(ENV_LOCAL, 'true');
    if (overlap.skipLimit === undefined) return;
    this.addEnvironment(ENV_OVERLAP_LIMIT, String(overlap.skipLimit));
    if (overlap._scheduleOnly) this.addEnvironment(ENV_OVERLAP_SCOPE, 'schedule');
  }

  private runOn(names: string[], group?: IFunctionGroup): void {
    if (!group)
      throw new ValidationError(`'on' needs a group: its bus carries the events, got: ${names.map(show).join(', ')}`, this);
    if (names.includes('*') && group.eventBus.eventBusName === 'default') {
      Annotations.of(this).addWarningV2(
        'cdk-katamari:everyEventOfTheAccount',
        `'${this.name}' runs on '*' of the default bus: that is every event of every AWS service in the account`,
      );
    }
    const rule = new events.Rule(this, 'Events', { eventBus: group.eventBus, eventPattern: eventNamePattern(names, this) });
    this.addPermission('RunOnEvent', {
      principal: new iam.ServicePrincipal('events.amazonaws.com'),
      sourceArn: rule.ruleArn,
    });
    rule.addTarget({
      bind: () => ({
        arn: this.functionArn,
        retryPolicy: EVENT_DELIVERY,
        deadLetterConfig: { arn: group.deadLetterQueue.queueArn },
        targetResource: this,
      }),
    });
  }

  private validateEnvironment(): string[] {
    const { variables } = (Stack.of(this).resolve((this.node.defaultChild as lambda.CfnFunction).environment) ?? {}) as {
      variables?: Record<string, unknown>;
    };
    let bytes = 0;
    for (const [name, value] of Object.entries(variables ?? {})) {
      // A value that only the deploy knows counts as nothing here.
      bytes += Buffer.byteLength(name) + (typeof value === 'string' ? Buffer.byteLength(value) : 0);
    }
    return bytes > ENVIRONMENT_MAX_BYTES
      ? [`the environment of a function may have ${ENVIRONMENT_MAX_BYTES} bytes, names and values together, got: ${bytes}`]
      : [];
  }
}

/** The overlap that was asked for, where it is possible without a record of the runs. */
function possibleOverlap(scope: Construct, name: string, overlap: Overlap, tracked: boolean): Overlap {
  if (tracked || overlap.skipLimit === undefined) return overlap;
  if (!overlap._scheduleOnly) {
    throw new ValidationError(
      `Overlap.skip needs run tracking, and the runs of '${name}' are not tracked: say overlap: Overlap.allow() or Overlap.queue(1), or use a bundled source in a group that tracks runs`,
      scope,
    );
  }
  Annotations.of(scope).addWarningV2(
    `cdk-katamari:untrackedOverlap:${name}`,
    `the runs of '${name}' are not tracked, so they may overlap: say overlap: Overlap.allow() if they may, or Overlap.queue(1) if not`,
  );
  return Overlap.allow();
}

/** Variables of which later ones win, but for NODE_OPTIONS: the options of a user come beside those that the code needs. */
function mergedEnvironment(...environments: ({ [name: string]: string } | undefined)[]): { [name: string]: string } {
  const options = environments.flatMap((environment) => environment?.NODE_OPTIONS ?? []);
  return { ...Object.assign({}, ...environments), ...(options.length > 0 && { NODE_OPTIONS: options.join(' ') }) };
}

/** The properties that were set: an option that is there but undefined must not hide the group's default. */
function definedOf(props: ManagedFunctionProps): Partial<ManagedFunctionProps> {
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined));
}

function physicalName(scope: Construct, name: string, props: ManagedFunctionProps): string | undefined {
  const stage = props.stage ?? props.group?.stage;
  if (stage === undefined && props.name === undefined) return undefined;
  const full = stage === undefined ? name : `${name}__${stage}`;
  if (!Token.isUnresolved(full)) {
    if (full.length > NAME_MAX_LENGTH) {
      throw new ValidationError(
        `the name of a function may have ${NAME_MAX_LENGTH} characters, stage included, got: ${show(full)} (${full.length})`,
        scope,
      );
    }
    if (!/^[A-Za-z0-9_-]+$/.test(full)) {
      throw new ValidationError(`the name of a function may have letters, digits, '-' and '_', got: ${show(full)}`, scope);
    }
  }
  return full;
}

function validateOptions(scope: Construct, name: string, options: FunctionOptions): void {
  requireIntegerBetween(`memorySize of '${name}' in MiB`, options.memorySize, 128, 10_240, scope);
  requireIntegerBetween(`retryAttempts of '${name}'`, options.retryAttempts, 0, 2, scope);
  if (options.timeout && !options.timeout.isUnresolved()) {
    requireIntegerBetween(`timeout of '${name}' in seconds`, options.timeout.toSeconds({ integral: false }), 1, 900, scope);
  }
  if (options.ephemeralStorageSize && !options.ephemeralStorageSize.isUnresolved()) {
    requireIntegerBetween(
      `ephemeralStorageSize of '${name}' in MiB`,
      options.ephemeralStorageSize.toMebibytes(),
      512,
      10_240,
      scope,
    );
  }
  if (options.layers && options.layers.length > MAX_LAYERS) {
    throw new ValidationError(`a function may have ${MAX_LAYERS} layers, got: ${options.layers.length} for '${name}'`, scope);
  }
  for (const variable of Object.keys(options.environment ?? {})) validateVariable(scope, name, variable);
}

/** @see https://docs.aws.amazon.com/lambda/latest/api/API_Environment.html */
function validateVariable(scope: Construct, name: string, variable: string): void {
  if (!/^[A-Za-z][A-Za-z0-9_]+$/.test(variable)) {
    throw new ValidationError(
      `the name of an environment variable must have two or more letters, digits and '_', a letter first, got: ${show(variable)} for '${name}'`,
      scope,
    );
  }
  if (variable.startsWith('KATAMARI_')) {
    throw new ValidationError(
      `environment variables that start with KATAMARI_ are set by this library, got: ${show(variable)} for '${name}'`,
      scope,
    );
  }
}
