import { Names, type RemovalPolicy, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { METRIC_NAMESPACE, METRIC_NAMESPACE_MAX_LENGTH } from '../limits/constants';
import { setStateOf, stateOf } from '../private/construct-state';
import { formatValue, ValidationError } from '../private/errors';
import { requireKnown } from '../private/tokens';
import { type OptionNames, refuseUnknownOptions } from '../private/unknown-options';
import { AdapterModule } from './adapter-module';
import type { IAdapterModule } from './adapter-module-ref';
import { Caller } from './caller';
import type { AdapterCallerOptions } from './caller-options';
import { newGateway } from './gateway';
import type { AdapterGatewayOptions } from './gateway-options';
import { newHealthTable } from './health-table';
import type { AdapterModuleOptions } from './module-options';

/** State of a caller: its invoker. A second invoker would overwrite the environment variables of the first. */
const INVOKER = 'invoker';

const INVOKER_OPTIONS: OptionNames<AdapterInvokerProps> = {
  alarmActions: true,
  gateway: true,
  healthTable: true,
  metricNamespace: true,
  modules: true,
  removalPolicy: true,
  sharedHealth: true,
  unhealthyAlarms: true,
};

const MODULE_OPTIONS: OptionNames<AdapterModuleOptions> = {
  assumeRole: true,
  connectionTimeout: true,
  externalId: true,
  initialRetryDelay: true,
  invocationType: true,
  maxRetries: true,
  maxRetryDelay: true,
  requestTimeout: true,
  scopes: true,
  target: true,
  version: true,
};

/** Properties of an invoker. */
export interface AdapterInvokerProps {
  /**
   * Modules by name: 1 to 128 letters, digits, '_' and '-'. `addModule` adds more.
   *
   * @default - none
   */
  readonly modules?: { [name: string]: AdapterModuleOptions };

  /**
   * Whether callers share the health of the modules in a table, which takes one write for each call. Otherwise each process of a
   * caller counts its own calls only.
   *
   * @default - true with a `healthTable`, a `gateway` or `unhealthyAlarms`, which would miss failures that are spread over many
   * processes; otherwise false
   */
  readonly sharedHealth?: boolean;

  /**
   * Table in which callers share the health of the modules. It must have the partition key `pk` and the sort key `sk`, both
   * strings, and be in the region of the callers. Other invokers may use it for modules with other names.
   *
   * @default - created if health is shared
   */
  readonly healthTable?: dynamodb.ITable;

  /**
   * Removal policy of the health table that the invoker creates.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Namespace of the metric `ConsecutiveFailures`, which callers log after failed calls: 1 to 255 letters, digits, spaces and
   * '_.-/#:', not starting with 'AWS/'.
   *
   * @default - with `unhealthyAlarms`, generated from the path of the invoker; otherwise callers log no metric
   */
  readonly metricNamespace?: string;

  /**
   * Whether each module has an alarm, which goes off after 3 consecutive failed calls. It ends after 5 minutes without such a
   * failure.
   *
   * @default false
   */
  readonly unhealthyAlarms?: boolean;

  /**
   * Actions of the alarms. Requires `unhealthyAlarms`.
   *
   * @default - none
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * Options of the gateway: a function that calls the modules for other callers, and reports their health. Pass `{}` for a gateway
   * with default options.
   *
   * @default - no gateway
   */
  readonly gateway?: AdapterGatewayOptions;
}

/**
 * Modules, which are Lambda functions that other functions call, and their callers. A caller gets the permission to invoke exactly
 * these functions, and the configuration for `LambdaAdapter.fromEnvironment`.
 */
export class AdapterInvoker extends Construct {
  /** Table in which callers share the health of the modules; undefined if they don't share it. */
  public readonly healthTable?: dynamodb.ITable;

  /** Namespace of the metric `ConsecutiveFailures`; undefined if callers don't log it. */
  public readonly metricNamespace?: string;

  /**
   * Gateway function; undefined without the option `gateway`. Invoke it with `{ module, request }`, or through its URL.
   */
  public readonly gateway?: lambda.Function;

  /** URL of the gateway, which requires requests that are signed with IAM credentials: use `grantInvokeUrl`. */
  public readonly gatewayUrl?: lambda.FunctionUrl;

  private readonly props: AdapterInvokerProps;
  private readonly modules = new Map<string, AdapterModule>();
  private readonly callers = new Map<lambda.Function, Caller>();

  public constructor(scope: Construct, id: string, props: AdapterInvokerProps = {}) {
    super(scope, id);
    refuseUnknownOptions('an AdapterInvoker', props, INVOKER_OPTIONS, this);
    this.props = props;
    this.healthTable = this.tableOf(props);
    this.metricNamespace = this.namespaceOf(props);
    for (const [name, options] of Object.entries(props.modules ?? {})) this.addModule(name, options);
    if (props.gateway) {
      const { fn, url } = newGateway(this, 'Gateway', props.gateway);
      this.gateway = fn;
      this.gatewayUrl = url;
      this.addTo(fn);
    }
    this.node.addValidation({ validate: () => this.errors() });
  }

  /**
   * Adds a module. Existing callers without a list of modules may call it as well.
   *
   * @param name module name: 1 to 128 letters, digits, '_' and '-'
   * @throws when an option is invalid, or the invoker has a module with that name
   */
  public addModule(name: string, options: AdapterModuleOptions): IAdapterModule {
    refuseUnknownOptions(`module '${name}'`, options, MODULE_OPTIONS, this);
    if (this.modules.has(name)) {
      throw new ValidationError(`module names of an invoker must be unique, got twice: ${formatValue(name)}`, this);
    }
    const module = new AdapterModule(this, name, {
      ...options,
      metricNamespace: this.metricNamespace,
      unhealthyAlarm: this.props.unhealthyAlarms ?? false,
      alarmActions: this.props.alarmActions ?? [],
    });
    this.modules.set(name, module);
    for (const caller of this.callers.values()) caller.offer(module);
    return module;
  }

  /**
   * Returns a module.
   *
   * @throws when the invoker has no module with that name
   */
  public module(name: string): IAdapterModule {
    const module = this.modules.get(name);
    if (module) return module;
    const names = [...this.modules.keys()].map(formatValue).join(', ');
    throw new ValidationError(`module ${formatValue(name)} not found; available: ${names || 'none'}`, this);
  }

  /**
   * Allows a function to call modules, including modules that are added later: adds their configuration to its environment, and
   * the permissions to its role.
   *
   * @returns the permissions for the modules that the invoker has now
   * @throws when the function already is a caller of this or another invoker, because they would share its environment variables
   */
  public addTo(fn: lambda.Function, options: AdapterCallerOptions = {}): iam.Grant {
    refuseUnknownOptions('a caller of an AdapterInvoker', options, { modules: true }, this);
    requireKnown('modules of a caller', options.modules, this);
    const other = stateOf<AdapterInvoker>(fn, INVOKER);
    if (other) {
      throw new ValidationError(
        `a function can be a caller of one invoker only, and only once, got: ${fn.node.path}, which is a caller of ${other.node.path}`,
        this,
      );
    }
    setStateOf<AdapterInvoker>(fn, INVOKER, this);
    const { healthTable, metricNamespace } = this;
    const caller = new Caller(fn, { only: options.modules, healthTable, metricNamespace });
    this.callers.set(fn, caller);
    for (const module of this.modules.values()) caller.offer(module);
    return caller.grant;
  }

  private tableOf(props: AdapterInvokerProps): dynamodb.ITable | undefined {
    const { sharedHealth, healthTable, gateway, unhealthyAlarms, removalPolicy } = props;
    if (sharedHealth === false && (healthTable || gateway)) {
      throw new ValidationError(
        `sharedHealth must not be false with a ${healthTable ? 'healthTable' : 'gateway, which reads it'}, got: false`,
        this,
      );
    }
    return healthTable ?? ((sharedHealth ?? (gateway || unhealthyAlarms)) ? newHealthTable(this, removalPolicy) : undefined);
  }

  private namespaceOf({ metricNamespace, unhealthyAlarms, alarmActions }: AdapterInvokerProps): string | undefined {
    if (alarmActions?.length && !unhealthyAlarms) {
      throw new ValidationError('alarmActions requires unhealthyAlarms: true', this);
    }
    if (metricNamespace !== undefined && !Token.isUnresolved(metricNamespace) && !METRIC_NAMESPACE.test(metricNamespace)) {
      throw new ValidationError(
        `metricNamespace must have 1 to ${METRIC_NAMESPACE_MAX_LENGTH} letters, digits, spaces and '_.-/#:', and must not start with 'AWS/', got: ${formatValue(metricNamespace)}`,
        this,
      );
    }
    if (metricNamespace !== undefined || !unhealthyAlarms) return metricNamespace;
    return Names.uniqueResourceName(this, { maxLength: METRIC_NAMESPACE_MAX_LENGTH, separator: '-' });
  }

  private errors(): string[] {
    const known = new Set(this.modules.keys());
    return [
      ...[...this.callers.values()].flatMap((caller) => caller.errors(known)),
      ...[...this.callers.keys()]
        .filter((fn) => this.reaches(fn, fn))
        .map(
          (fn) =>
            `callers and modules must not depend on each other in a circle, got: a circle through ${fn.node.path}; pass \`modules\` to addTo, or name a function and use InvokerTarget.name`,
        ),
    ];
  }

  /** Whether a caller calls a function, directly or through other callers. */
  private reaches(from: lambda.IFunction, to: lambda.IFunction, seen = new Set<lambda.IFunction>()): boolean {
    if (seen.has(from)) return false;
    seen.add(from);
    const targets = this.callers.get(from as lambda.Function)?.targets ?? [];
    return targets.some((target) => target === to || this.reaches(target, to, seen));
  }
}
