import { Annotations, Arn, ArnFormat, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { CONTEXT_LOCAL } from '../context/constants';
import { addEventBus } from '../event/event-bus';
import { runOnEvents } from '../event/event-rule';
import { ENV_FUNCTION, ENV_GROUP, ENV_LOCAL, ENV_OVERLAP_LIMIT, ENV_OVERLAP_SCOPE } from '../runs/constants';
import type { OverlapConfig } from '../runs/overlap';
import { addDebugShell } from '../shell/debug-shell';
import { assetErrors } from './asset-rules';
import {
  environmentErrors,
  isReservedVariable,
  requireUserVariables,
  requireVariableName,
  reservedVariableError,
} from './environment-rules';
import { FunctionAlias, type TrafficAliasOptions } from './function-alias';
import { resolveFunction } from './function-config';
import type { IFunctionGroup } from './function-group-ref';
import { claimFunctionName } from './function-names';
import type { FunctionOptions } from './function-options';
import { addUrl, type UrlOptions, urlOptionsOf } from './function-url';
import { requireLayers } from './layer-rules';
import { addLogGroup } from './log-group';

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

  private readonly ownLogGroup: logs.LogGroup;
  // No initializer: the CDK's constructor calls addEnvironment before the fields of this class are initialized.
  declare private reservedVariables?: Map<string, string>;

  /**
   * @throws when an option breaks a limit of Lambda, or the group has a function of that name
   */
  public constructor(scope: Construct, id: string, props: ManagedFunctionProps) {
    const { name, runsTracked, overlap, options, functionProps } = resolveFunction(scope, id, props, props.group);
    super(scope, id, functionProps);
    if (props.group) claimFunctionName(props.group, name);
    this.name = name;
    this.group = props.group;
    this.runsTracked = runsTracked;
    this._skipsInvocations = overlap.skipLimit !== undefined && !overlap.scheduledRunsOnly;
    this.ownLogGroup = addLogGroup(this, options);
    this.addEnvironment(ENV_FUNCTION, name);
    if (props.group) this.join(props.group, overlap, options.on);
    if (options.debugShell) addDebugShell(this, name);
    if (overlap.reservedConcurrency !== undefined) this.warnOfReservation(overlap.reservedConcurrency);
    this.node.addValidation({ validate: () => [...environmentErrors(this), ...assetErrors(this, name, this._layers)] });
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
   * Adds layers to the layers of the function.
   *
   * @throws when it would have more than 5
   */
  public override addLayers(...layers: lambda.ILayerVersion[]): void {
    // The CDK's constructor calls this before the function has its name.
    const name = this.name ?? this.node.id;
    requireLayers(this, name, this._layers.length + layers.length, this.runtime);
    super.addLayers(...layers);
  }

  /**
   * Replaces the layers of the function.
   *
   * @throws when there are more than 5
   */
  public replaceLayers(...layers: lambda.ILayerVersion[]): void {
    requireLayers(this, this.name, layers.length, this.runtime);
    while (this._layers.length > 0) this._layers.pop();
    this.addLayers(...layers);
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
      sourceAccount: sourceAccount ?? accountOf(sourceArn) ?? Stack.of(this).account,
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
   * @throws when Lambda does not accept the name
   */
  public addTrafficAlias(aliasName: string, options: TrafficAliasOptions = {}): FunctionAlias {
    return new FunctionAlias(this, `Alias${aliasName}`, { ...options, aliasName, function: this });
  }

  /** Setting a variable of this library a second time would take the first value away. */
  private claimVariable(key: string, value: string): void {
    this.reservedVariables ??= new Map();
    const before = this.reservedVariables.get(key);
    if (before !== undefined && before !== value) throw reservedVariableError(this, this.name, key);
    this.reservedVariables.set(key, value);
  }

  private join(group: IFunctionGroup, overlap: OverlapConfig, names: string[] = []): void {
    const { eventBus, deadLetterQueue, runTable } = group;
    this.addEnvironment(ENV_GROUP, group.groupName);
    addEventBus(this, group);
    if (this.runsTracked) {
      runTable.addTo(this);
      if (this.node.tryGetContext(CONTEXT_LOCAL)) this.addEnvironment(ENV_LOCAL, 'true');
      if (overlap.skipLimit !== undefined) this.addEnvironment(ENV_OVERLAP_LIMIT, String(overlap.skipLimit));
      if (overlap.scheduledRunsOnly) this.addEnvironment(ENV_OVERLAP_SCOPE, 'schedule');
    }
    if (names.length > 0) runOnEvents(this, { functionName: this.name, names, eventBus, deadLetterQueue });
  }

  private warnOfReservation(limit: number): void {
    Annotations.of(this).addWarningV2(
      'cdk-katamari:reservedConcurrency',
      `Overlap.queue(${limit}) reserves ${limit} of the account's concurrent executions for '${this.name}', so no other function can use them; 100 must stay unreserved, and the deploy fails in an account that has too few (new accounts start with 10)`,
    );
  }
}

/** Account of an ARN, when it is known at synth and names one. */
function accountOf(arn: string): string | undefined {
  return Token.isUnresolved(arn) ? undefined : Arn.split(arn, ArnFormat.NO_RESOURCE_NAME).account || undefined;
}
