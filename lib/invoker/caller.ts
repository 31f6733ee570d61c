import { Lazy, Stack } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { AdapterModule } from './adapter-module';
import { ENV_HEALTH_NAMESPACE, ENV_HEALTH_TABLE, ENV_MODULES, healthPartition, type ModuleConfig } from './constants';
import { grantHealth } from './health-table';

/** @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ENVIRONMENT_MAX_BYTES = 4096;
/** An ARN of a function that only the deploy knows has more than this. */
const UNKNOWN_BYTES = 50;

interface CallerProps {
  /** Names of its modules; undefined: all. */
  readonly only?: readonly string[];
  readonly healthTable?: dynamodb.ITable;
  readonly metricNamespace?: string;
}

/**
 * A function that calls modules: each module is added to its environment and to its permissions together.
 *
 * @internal
 */
export class Caller {
  private readonly modules: AdapterModule[] = [];

  public constructor(
    public readonly fn: lambda.Function,
    private readonly props: CallerProps,
  ) {
    const { healthTable, metricNamespace } = props;
    fn.addEnvironment(ENV_MODULES, Lazy.string({ produce: () => Stack.of(fn).toJsonString({ modules: this.configs() }) }));
    if (metricNamespace !== undefined) fn.addEnvironment(ENV_HEALTH_NAMESPACE, metricNamespace);
    if (!healthTable) return;
    fn.addEnvironment(ENV_HEALTH_TABLE, healthTable.tableName);
    grantHealth(healthTable, fn, { produce: () => this.modules.map(({ moduleName }) => healthPartition(moduleName)) });
  }

  /** Lets it call a module, unless its modules are named and this is none of them. */
  public offer(module: AdapterModule): void {
    const { only } = this.props;
    if (only && !only.includes(module.moduleName)) return;
    this.modules.push(module);
    module.grantCall(this.fn);
  }

  /** The functions of its modules that this app has: what must be deployed before it. */
  public get targets(): lambda.IFunction[] {
    return this.modules.flatMap(({ fn }) => fn ?? []);
  }

  /** What is wrong with it, once all is known. */
  public errors(known: ReadonlySet<string>): string[] {
    const { fn, modules, props } = this;
    const missing = (props.only ?? []).filter((name) => !known.has(name));
    const bytes = environmentBytes(fn);
    return [
      ...missing.map(
        (name) =>
          `modules of a caller must be those of its invoker (${quoted([...known]) || 'there is none'}), got: '${name}' for ${fn.node.path}`,
      ),
      ...(modules.length === 0 && missing.length === 0
        ? [`an invoker must have a module for each caller, got: none for ${fn.node.path}`]
        : []),
      ...(bytes > ENVIRONMENT_MAX_BYTES
        ? [
            `the environment of a caller may have ${ENVIRONMENT_MAX_BYTES} bytes, its modules included, got at least: ${bytes} for ${fn.node.path}; name fewer modules in addTo, or use a second function`,
          ]
        : []),
    ];
  }

  private configs(): Record<string, ModuleConfig> {
    return Object.fromEntries(this.modules.map(({ moduleName, config }) => [moduleName, config]));
  }
}

function environmentBytes(fn: lambda.Function): number {
  const { variables } = (Stack.of(fn).resolve((fn.node.defaultChild as lambda.CfnFunction).environment) ?? {}) as {
    variables?: Record<string, unknown>;
  };
  return Object.entries(variables ?? {}).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + bytesOf(value), 0);
}

/** Of a text that the deploy puts together, its parts; of what else only the deploy knows, the least. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  const join = (value as { 'Fn::Join'?: [string, unknown[]] } | undefined)?.['Fn::Join'];
  return join ? join[1].reduce<number>((sum, part) => sum + bytesOf(part), 0) : UNKNOWN_BYTES;
}

const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ');
