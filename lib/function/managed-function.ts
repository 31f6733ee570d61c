import { Annotations, Fn, Stack, Tokenization } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { CONTEXT_LOCAL } from '../context/constants';
import { addEventBus } from '../event/event-bus';
import { runOnEvents } from '../event/event-rule';
import { formatValue, readable, ValidationError } from '../private/errors';
import { claimFunctionName } from '../private/function-names';
import { requireKnown } from '../private/tokens';
import { ENV_FUNCTION, ENV_GROUP, ENV_LOCAL, ENV_OVERLAP_LIMIT, ENV_OVERLAP_SCOPE } from '../runs/constants';
import type { OverlapConfig } from '../runs/overlap';
import { addDebugShell } from '../shell/debug-shell';
import { assetErrors } from './asset-rules';
import { setDeadLetters } from './dead-letters';
import {
  environmentErrors,
  isReservedVariable,
  requireUserVariables,
  requireVariableName,
  reservedVariableError,
} from './environment-rules';
import { allowDecryption, FunctionAccess } from './function-access';
import { FunctionAlias, type TrafficAliasOptions } from './function-alias';
import { resolveFunction } from './function-config';
import type { IFunctionGroup } from './function-group-ref';
import type { FunctionOptions } from './function-options';
import { addUrl, type UrlOptions, urlOptionsOf } from './function-url';
import { requireLayers } from './layer-rules';
import { addLogGroup } from './log-group';
import { skippedSourceErrors } from './skip-guard';

/** Properties of a managed function. */
export interface ManagedFunctionProps extends FunctionOptions {
  /**
   * Group whose bus, run table and dead-letter queue the function uses.
   *
   * @default - none: runs are not tracked, and the function can neither publish events nor run on them
   */
  readonly group?: IFunctionGroup;
}

/**
 * A Lambda function for production: it has its own log group with a retention, JSON logs, limits that are checked at synth, a
 * record of each run, and the dead-letter queue of its group.
 *
 * It is a `lambda.Function`, so you can use it wherever the CDK accepts one.
 */
export class ManagedFunction extends lambda.Function {
  /** Name of the function within its group, as the run table and the `katamari` command show it. */
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
   * Whether an invocation that nothing repeats may be recorded as Skipped.
   *
   * @internal
   */
  public readonly _skipsInvocations: boolean;

  // `declare` leaves the three fields as the CDK's constructor set them, which also calls addEnvironment.
  /** Queue for events that failed in every attempt. */
  declare public readonly deadLetterQueue?: sqs.IQueue;

  /** Topic for events that failed in every attempt. */
  declare public readonly deadLetterTopic?: sns.ITopic;

  declare private reservedVariables?: Map<string, string>;
  private readonly ownLogGroup: logs.ILogGroup;
  private readonly failureDestination?: lambda.IDestination;

  /**
   * @throws when an option breaks a limit of Lambda, or the group has a function of that name
   */
  public constructor(scope: Construct, id: string, props: ManagedFunctionProps) {
    const { name, runsTracked, failureRecorder, overlap, options, functionProps } = resolveFunction(
      scope,
      id,
      props,
      props.group,
    );
    super(scope, id, functionProps);
    if (props.group) claimFunctionName(props.group, name);
    this.name = name;
    this.group = props.group;
    this.runsTracked = runsTracked;
    this._skipsInvocations = overlap.skipLimit !== undefined && !overlap.scheduledRunsOnly;
    const access = new FunctionAccess(this, options);
    this.ownLogGroup = addLogGroup(this, options, access);
    this.addEnvironment(ENV_FUNCTION, name);
    if (props.group) this.join(props.group, overlap, access, options.on);
    this.failureDestination = failureRecorder?.destination;
    failureRecorder?.addTo(this, access);
    this.deadLetterTopic = options.deadLetterTopic;
    this.deadLetterQueue = options.deadLetterTopic ? undefined : (options.deadLetterQueue ?? props.group?.deadLetterQueue);
    setDeadLetters(this, access);
    if (options.environmentEncryption) allowDecryption(options.environmentEncryption, access);
    if (options.debugShell) addDebugShell(this, name);
    for (const source of options.events ?? []) this.addEventSource(source);
    if (options.role) access.warnIfRefused(name);
    if (overlap.reservedConcurrency !== undefined) this.warnOfReservation(overlap.reservedConcurrency);
    this.node.addValidation({
      validate: () => [
        ...environmentErrors(this),
        ...assetErrors(this, name, this._layers),
        ...(this._skipsInvocations ? skippedSourceErrors(this) : []),
      ],
    });
  }

  /** Log group of the function. */
  public override get logGroup(): logs.ILogGroup {
    return this.ownLogGroup;
  }

  /**
   * Adds an environment variable.
   *
   * @throws when Lambda does not accept the name, or this library has set the variable to another value
   */
  public override addEnvironment(key: string, value: string, options?: lambda.EnvironmentOptions): this {
    requireVariableName(this, this.name ?? this.node.id, key);
    if (isReservedVariable(key)) this.claimVariable(key, value);
    return super.addEnvironment(key, value, options);
  }

  /**
   * Adds environment variables.
   *
   * @throws when Lambda does not accept a name, or it is reserved for this library
   */
  public addEnvironments(variables: { [name: string]: string }): this {
    requireUserVariables(this, this.name, variables);
    for (const [variable, value] of Object.entries(variables)) this.addEnvironment(variable, value);
    return this;
  }

  /**
   * Adds layers to the layers of the function. A layer version that it has already is not added again. Unlike `replaceLayers`, this
   * returns nothing, as the method of the CDK's function that it overrides.
   *
   * @throws when it would have more than 5
   */
  public override addLayers(...layers: lambda.ILayerVersion[]): void {
    // The CDK's constructor calls this before the function has its name.
    const name = this.name ?? this.node.id;
    const arns = new Set([...this._layers].map(({ layerVersionArn }) => layerVersionArn));
    const added = layers.filter(({ layerVersionArn }) => arns.size < arns.add(layerVersionArn).size);
    requireLayers(this, name, arns.size, this.runtime);
    super.addLayers(...added);
  }

  /**
   * Replaces the layers of the function.
   *
   * @returns the function
   * @throws when there are more than 5
   */
  public replaceLayers(...layers: lambda.ILayerVersion[]): this {
    requireLayers(this, this.name, layers.length, this.runtime);
    while (this._layers.length > 0) this._layers.pop();
    this.addLayers(...layers);
    return this;
  }

  /**
   * Allows an AWS service to invoke the function on behalf of one resource of one account. The account matters for S3, whose ARNs
   * do not name it.
   *
   * @param id id of the permission within the function
   * @param service service principal, such as `s3.amazonaws.com`
   * @param sourceArn ARN of the resource, such as a bucket
   * @param sourceAccount account of the resource; by default the account in the ARN, else the account of the stack
   */
  public addServicePermission(id: string, service: string, sourceArn: string, sourceAccount?: string): void {
    this.addPermission(id, {
      principal: new iam.ServicePrincipal(service),
      sourceArn,
      sourceAccount: sourceAccount ?? (accountOf(service, sourceArn) || Stack.of(this).account),
    });
  }

  /**
   * Adds a function URL. It requires IAM authorization unless `public` is true.
   *
   * @throws when the function has a URL
   */
  public addUrl(options: UrlOptions = {}): lambda.FunctionUrl {
    return addUrl(this, this.name, options);
  }

  /** Adds a function URL as `addUrl` does, with the options of the CDK and without a stack output. */
  public override addFunctionUrl(options: lambda.FunctionUrlOptions = {}): lambda.FunctionUrl {
    return addUrl(this, this.name, urlOptionsOf(options));
  }

  /**
   * Adds an alias that points to the current version. `shift` moves its traffic to a new version step by step.
   *
   * @throws when Lambda does not accept the name, it is a token, or the function has an alias of that name
   */
  public addTrafficAlias(aliasName: string, options: TrafficAliasOptions = {}): FunctionAlias {
    // It is part of the construct's id.
    requireKnown('the name of an alias', aliasName, this);
    const id = `Alias${aliasName}`;
    if (this.node.tryFindChild(id)) {
      throw new ValidationError(`alias names of a function must be unique, got twice: ${formatValue(aliasName)}`, this);
    }
    const onFailure = options.onFailure ?? this.failureDestination;
    return new FunctionAlias(this, id, { ...options, onFailure, aliasName, function: this });
  }

  /** Setting a variable of this library a second time would take the first value away. */
  private claimVariable(key: string, value: string): void {
    this.reservedVariables ??= new Map();
    const before = this.reservedVariables.get(key);
    if (before !== undefined && before !== value) throw reservedVariableError(this, this.name, key);
    this.reservedVariables.set(key, value);
  }

  private join(group: IFunctionGroup, overlap: OverlapConfig, access: FunctionAccess, names: string[] = []): void {
    const { eventBus, deadLetterQueue, eventsRole: role, runTable } = group;
    this.addEnvironment(ENV_GROUP, group.groupName);
    addEventBus(this, group, access);
    if (this.runsTracked) {
      runTable.addTo(this, access);
      if (this.node.tryGetContext(CONTEXT_LOCAL)) this.addEnvironment(ENV_LOCAL, 'true');
      if (overlap.skipLimit !== undefined)
        this.addEnvironment(ENV_OVERLAP_LIMIT, Tokenization.stringifyNumber(overlap.skipLimit));
      if (overlap.scheduledRunsOnly) this.addEnvironment(ENV_OVERLAP_SCOPE, 'schedule');
    }
    if (names.length > 0) {
      const { name: functionName, runsTracked: tracked } = this;
      runOnEvents(this, { functionName, names, eventBus, deadLetterQueue, role, tracked });
    }
  }

  private warnOfReservation(limit: number): void {
    Annotations.of(this).addWarningV2(
      'cdk-katamari:reservedConcurrency',
      readable(
        `Overlap.queue(${limit}) reserves ${limit} of the account's concurrent executions for '${this.name}', so no other function can use them; 100 must stay unreserved, and the deploy fails in an account that has too few (new accounts start with 10)`,
      ),
    );
  }
}

/** Account of an ARN, which may contain tokens; empty where the ARN names none. */
function accountOf(service: string, arn: string): string {
  // ARNs of buckets name no account, and of this one nothing else is known.
  if (!arn.startsWith('arn:') && service.startsWith('s3.')) return '';
  return arn.startsWith('arn:') ? (arn.split(':')[4] ?? '') : Fn.select(4, Fn.split(':', arn));
}
