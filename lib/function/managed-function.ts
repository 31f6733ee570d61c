import { Annotations, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { CONTEXT_LOCAL } from '../context/constants';
import { ENV_EVENT_BUS } from '../event/constants';
import { eventNamePattern } from '../event/event-pattern';
import { formatValue, ValidationError } from '../private/errors';
import { ENV_FUNCTION, ENV_GROUP, ENV_LOCAL, ENV_OVERLAP_LIMIT, ENV_OVERLAP_SCOPE } from '../runs/constants';
import { Overlap } from '../runs/overlap';
import { addDebugShell, requireDebugContext } from '../shell/debug-shell';
import { FunctionAlias, type TrafficAliasOptions } from './function-alias';
import type { IFunctionGroup } from './function-group-ref';
import { claimFunctionName } from './function-names';
import type { FunctionOptions } from './function-options';
import { fromCdk, functionUrl, type UrlOptions } from './function-url';
import { ownLogGroup } from './owned-log-group';
import {
  environmentErrors,
  ownVariableError,
  physicalName,
  possibleOverlap,
  validateLayers,
  validateOptions,
  validateVariable,
  validateVariableName,
} from './validate-function';

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

  /**
   * Group whose bus, run table and dead-letter queue the function uses.
   *
   * @default - none
   */
  public readonly group?: IFunctionGroup;

  /**
   * Whether an invocation that nobody repeats may be recorded as Skipped.
   *
   * @internal
   */
  public readonly _skipsInvocations: boolean;

  private readonly ownLogGroup: logs.LogGroup;
  // The constructor of the CDK sets variables before fields of this class have a value: so it has none of its own.
  declare private ownVariables?: Map<string, string>;

  public constructor(scope: Construct, id: string, props: ManagedFunctionProps) {
    const given = { ...props.group?.defaults, ...definedOf(props) } as ManagedFunctionProps;
    const name = props.name ?? id;
    const environment = mergedEnvironment(props.group?.defaults.environment, props.environment);
    validateOptions(scope, name, { ...given, environment });
    if (props.debugShell) requireDebugContext(scope, name);
    const architecture = given.architecture ?? lambda.Architecture.ARM_64;
    const source = given.source.bind(scope, {
      runtime: props.runtime,
      defaultRuntime: props.group?.defaults.runtime,
      architecture,
      wrapHandler: props.group !== undefined,
      debugShell: props.debugShell,
    });
    validateLayers(scope, name, given.layers?.length ?? 0, source.runtime);
    const tracked = source.wrapped && (given.trackRuns ?? true);
    const overlap = possibleOverlap(scope, name, given.overlap ?? Overlap.allow(), tracked);

    super(scope, id, {
      functionName: physicalName(scope, name, props.stage ?? props.group?.stage, props.name !== undefined),
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
      // An alias may go on sending traffic to a version that is no longer the current one.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
      code: source.code,
      handler: source.handler,
      runtime: source.runtime,
    });

    this.name = name;
    this.group = props.group;
    this._skipsInvocations = overlap.skipLimit !== undefined && !overlap._scheduleOnly;
    this.runsTracked = tracked;
    this.ownLogGroup = ownLogGroup(this, given);
    this.addEnvironment(ENV_FUNCTION, name);
    if (props.group) this.join(props.group, overlap);
    if (props.on?.length) this.runOn(props.on, props.group);
    if (props.debugShell) addDebugShell(this, name, source.debugShell ?? false);
    if (overlap.reservedConcurrency !== undefined) {
      Annotations.of(this).addWarningV2(
        'cdk-katamari:reservedConcurrency',
        `Overlap.queue(${overlap.reservedConcurrency}) reserves ${overlap.reservedConcurrency} of the account's concurrent executions for '${name}': no other function can use them, 100 must stay unreserved, and the deploy fails in an account that has too few (new accounts start with 10)`,
      );
    }
    this.node.addValidation({ validate: () => environmentErrors(this) });
  }

  /** Log group of the function. */
  public override get logGroup(): logs.ILogGroup {
    return this.ownLogGroup;
  }

  /**
   * Adds an environment variable.
   *
   * @throws when Lambda does not take the name, or it is one that this library has set to something else
   */
  public override addEnvironment(key: string, value: string, options?: lambda.EnvironmentOptions): this {
    validateVariableName(this, this.name ?? this.node.id, key);
    if (key.startsWith('KATAMARI_')) this.claimVariable(key, value);
    return super.addEnvironment(key, value, options);
  }

  /**
   * Adds environment variables.
   *
   * @throws when Lambda does not take a name, or it is one of this library
   */
  public addEnvironments(variables: { [name: string]: string }): this {
    for (const variable of Object.keys(variables)) validateVariable(this, this.name, variable);
    for (const [variable, value] of Object.entries(variables)) this.addEnvironment(variable, value);
    return this;
  }

  /**
   * Adds layers to those that the function has.
   *
   * @throws when it would have more than 5
   */
  public override addLayers(...layers: lambda.ILayerVersion[]): void {
    const name = this.name ?? this.node.id;
    validateLayers(this, name, this._layers.length + layers.length, this.runtime);
    super.addLayers(...layers);
  }

  /**
   * Gives the function these layers in place of those that it has.
   *
   * @throws when there are more than 5
   */
  public replaceLayers(...layers: lambda.ILayerVersion[]): void {
    validateLayers(this, this.name, layers.length, this.runtime);
    while (this._layers.length > 0) this._layers.pop();
    this.addLayers(...layers);
  }

  /**
   * Lets an AWS service invoke the function on behalf of one resource: for S3, whose ARNs name no account, both are needed.
   *
   * @param id id of the permission within the function
   * @param service such as `s3.amazonaws.com`
   * @param sourceArn ARN of what invokes it, such as that of a bucket
   * @param sourceAccount account of what invokes it: by default that of the ARN, else that of the stack
   */
  public addServicePermission(id: string, service: string, sourceArn: string, sourceAccount?: string): void {
    this.addPermission(id, {
      principal: new iam.ServicePrincipal(service),
      sourceArn,
      sourceAccount: sourceAccount ?? accountOf(sourceArn) ?? Stack.of(this).account,
    });
  }

  /**
   * Gives the function a URL, which asks for IAM unless `public` is said.
   *
   * @throws when it has one
   */
  public addUrl(options: UrlOptions = {}): lambda.FunctionUrl {
    return functionUrl(this, this.name, options);
  }

  /** Gives the function a URL, as `addUrl` does, in the words of the CDK and without an output of the stack. */
  public override addFunctionUrl(options: lambda.FunctionUrlOptions = {}): lambda.FunctionUrl {
    return functionUrl(this, this.name, fromCdk(options));
  }

  /**
   * Adds an alias that leads to the version which was deployed last, and takes the traffic over step by step if asked to.
   *
   * @throws when the name is none that Lambda takes
   */
  public addTrafficAlias(aliasName: string, options: TrafficAliasOptions = {}): FunctionAlias {
    return new FunctionAlias(this, `Alias${aliasName}`, { ...options, aliasName, function: this });
  }

  /** A variable of this library is set once: by whom it is set the second time it would be taken away. */
  private claimVariable(key: string, value: string): void {
    this.ownVariables ??= new Map();
    const before = this.ownVariables.get(key);
    if (before !== undefined && before !== value) throw ownVariableError(this, this.name, key);
    this.ownVariables.set(key, value);
  }

  private join(group: IFunctionGroup, overlap: Overlap): void {
    claimFunctionName(group, this.name);
    this.addEnvironment(ENV_GROUP, group.groupName);
    this.addEnvironment(ENV_EVENT_BUS, group.eventBus.eventBusName);
    group.grantEmit(this);
    if (!this.runsTracked) return;
    group.runTable.addTo(this);
    if (this.node.tryGetContext(CONTEXT_LOCAL)) this.addEnvironment(ENV_LOCAL, 'true');
    if (overlap.skipLimit === undefined) return;
    this.addEnvironment(ENV_OVERLAP_LIMIT, String(overlap.skipLimit));
    if (overlap._scheduleOnly) this.addEnvironment(ENV_OVERLAP_SCOPE, 'schedule');
  }

  private runOn(names: string[], group?: IFunctionGroup): void {
    if (!group)
      throw new ValidationError(
        `'on' needs a group: its bus carries the events, got: ${names.map(formatValue).join(', ')}`,
        this,
      );
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

/** The account of an ARN that is known at synth and names one. */
function accountOf(arn: string): string | undefined {
  return Token.isUnresolved(arn) ? undefined : arn.split(':')[4] || undefined;
}
