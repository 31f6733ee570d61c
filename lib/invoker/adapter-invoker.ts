import { Names, type RemovalPolicy, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { formatValue, ValidationError } from '../private/errors';
import { AdapterModule } from './adapter-module';
import type { IAdapterModule } from './adapter-module-ref';
import { Caller } from './caller';
import type { AdapterCallerOptions } from './caller-options';
import { newGateway } from './gateway';
import type { AdapterGatewayOptions } from './gateway-options';
import { newHealthTable } from './health-table';
import type { AdapterModuleOptions } from './module-options';

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html */
const NAMESPACE = /^(?!AWS\/)[\w.\-/#: ]{1,255}$/;

/** Properties of an invoker. */
export interface AdapterInvokerProps {
  /**
   * The modules, by their names: 1 to 128 letters, digits, '_' and '-'. More can be added.
   *
   * @default - none
   */
  readonly modules?: { [name: string]: AdapterModuleOptions };

  /**
   * Whether callers share the health of the modules, in a table: one write for each call. Without it each process of a caller
   * knows of its own calls alone.
   *
   * @default - true where there is a `healthTable`, a `gateway` or `unhealthyAlarms`, which would miss failures that many processes
   * have one each of; else false
   */
  readonly sharedHealth?: boolean;

  /**
   * Table in which callers share the health of the modules: partition key `pk` and sort key `sk`, both strings, in the region of
   * the callers. Other invokers may use it for modules of other names.
   *
   * @default - one of its own, where health is shared
   */
  readonly healthTable?: dynamodb.ITable;

  /**
   * What becomes of the invoker's own health table when the stack goes.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Namespace of the metric `ConsecutiveFailures`, which callers log after failed calls: 1 to 255 characters that CloudWatch
   * takes, not 'AWS/' first.
   *
   * @default - none without `unhealthyAlarms`; with them one of its own, made from the path of the invoker
   */
  readonly metricNamespace?: string;

  /**
   * Whether each module has an alarm that goes off once 3 calls in a row have failed. It ends when 5 minutes have brought no such
   * failure.
   *
   * @default false
   */
  readonly unhealthyAlarms?: boolean;

  /**
   * What the alarms do.
   *
   * @default - nothing
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * A function that calls the modules for whoever may invoke it, and tells their health: `{}` for one as it comes.
   *
   * @default - none
   */
  readonly gateway?: AdapterGatewayOptions;
}

/**
 * Modules, each a Lambda function that others call, and their callers. A caller is given the permission to invoke exactly those
 * functions, and the configuration with which `LambdaAdapter.fromEnvironment` calls them.
 */
export class AdapterInvoker extends Construct {
  /** Table in which callers share the health of the modules; undefined where they don't. */
  public readonly healthTable?: dynamodb.ITable;

  /** Namespace of the metric `ConsecutiveFailures`; undefined where callers don't log it. */
  public readonly metricNamespace?: string;

  /**
   * Calls the modules for others; undefined where there is none. Invoke it with `{ module, request }`, or by its URL.
   */
  public readonly gateway?: lambda.Function;

  /** URL of the gateway, which asks for IAM: `grantInvokeUrl` gives both permissions that it takes. */
  public readonly gatewayUrl?: lambda.FunctionUrl;

  private readonly props: AdapterInvokerProps;
  private readonly modules = new Map<string, AdapterModule>();
  private readonly callers = new Map<lambda.Function, Caller>();

  public constructor(scope: Construct, id: string, props: AdapterInvokerProps = {}) {
    super(scope, id);
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
   * Adds a module. The callers that are there already, and call all modules, may call it as well.
   *
   * @param name 1 to 128 letters, digits, '_' and '-'
   * @throws when an option breaks a limit, or the invoker has a module of that name
   */
  public addModule(name: string, options: AdapterModuleOptions): IAdapterModule {
    if (this.modules.has(name)) {
      throw new ValidationError(`names of modules must differ within an invoker, got twice: ${formatValue(name)}`, this);
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
   * A module that was added.
   *
   * @throws when there is none of that name
   */
  public module(name: string): IAdapterModule {
    const module = this.modules.get(name);
    if (module) return module;
    const names = [...this.modules.keys()].map(formatValue).join(', ');
    throw new ValidationError(
      `the module must be one of the invoker (${names || 'there is none'}), got: ${formatValue(name)}`,
      this,
    );
  }

  /**
   * Lets a function call modules, also those that are added later: its environment says how, and its role may.
   *
   * @throws when it is a caller already, of this invoker or another: a function has one environment
   */
  public addTo(fn: lambda.Function, options: AdapterCallerOptions = {}): void {
    const other = invokerOf.get(fn);
    if (other) {
      throw new ValidationError(
        `a function may be a caller of one invoker, and once, got: ${fn.node.path}, which is one of ${other.node.path}`,
        this,
      );
    }
    invokerOf.set(fn, this);
    const { healthTable, metricNamespace } = this;
    const caller = new Caller(fn, { only: options.modules, healthTable, metricNamespace });
    this.callers.set(fn, caller);
    for (const module of this.modules.values()) caller.offer(module);
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
      throw new ValidationError('alarmActions must go with unhealthyAlarms: true, got: no alarms', this);
    }
    if (metricNamespace !== undefined && !Token.isUnresolved(metricNamespace) && !NAMESPACE.test(metricNamespace)) {
      throw new ValidationError(
        `metricNamespace must have 1 to 255 letters, digits, spaces and '_.-/#:', not 'AWS/' first, got: ${formatValue(metricNamespace)}`,
        this,
      );
    }
    if (metricNamespace !== undefined || !unhealthyAlarms) return metricNamespace;
    return Names.uniqueResourceName(this, { maxLength: 255, separator: '-' });
  }

  private errors(): string[] {
    const known = new Set(this.modules.keys());
    return [
      ...[...this.callers.values()].flatMap((caller) => caller.errors(known)),
      ...[...this.callers.keys()]
        .filter((fn) => this.reaches(fn, fn))
        .map(
          (fn) =>
            `functions that call each other must not refer to each other, since CloudFormation can make neither first: name the modules of each in addTo, or give a function a name and use InvokerTarget.name, got: a circle through ${fn.node.path}`,
        ),
    ];
  }

  /** Whether what a caller calls leads to a function. */
  private reaches(from: lambda.IFunction, to: lambda.IFunction, seen = new Set<lambda.IFunction>()): boolean {
    if (seen.has(from)) return false;
    seen.add(from);
    const targets = this.callers.get(from as lambda.Function)?.targets ?? [];
    return targets.some((target) => target === to || this.reaches(target, to, seen));
  }
}

/** The invoker of each caller: a second one would overwrite what the first has said. */
const invokerOf = new WeakMap<lambda.Function, AdapterInvoker>();
