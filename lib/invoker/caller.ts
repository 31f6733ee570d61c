import { Lazy, Stack } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { ENVIRONMENT_MAX_BYTES } from '../limits/constants';
import { knownBytes } from '../private/tokens';
import type { AdapterModule } from './adapter-module';
import { ENV_HEALTH_NAMESPACE, ENV_HEALTH_TABLE, ENV_MODULES, healthPartition, type ModuleConfig } from './constants';
import { grantHealth } from './health-table';

/** Minimum bytes of the ARN of a function, which only the deploy knows. */
const ARN_MIN_BYTES = 'arn:aws:lambda:us-east-1:123456789012:function:f'.length;

interface CallerProps {
  /** Names of the modules that the caller may call; undefined: all. */
  readonly only?: readonly string[];
  readonly healthTable?: dynamodb.ITable;
  readonly metricNamespace?: string;
}

/**
 * A function that calls modules. Each module is added to its environment and to its permissions together.
 *
 * @internal
 */
export class Caller {
  private readonly modules: AdapterModule[] = [];
  private readonly grants: iam.Grant[] = [];

  public constructor(
    public readonly fn: lambda.Function,
    private readonly props: CallerProps,
  ) {
    const { healthTable, metricNamespace } = props;
    fn.addEnvironment(ENV_MODULES, Lazy.string({ produce: () => Stack.of(fn).toJsonString({ modules: this.configs() }) }));
    if (metricNamespace !== undefined) fn.addEnvironment(ENV_HEALTH_NAMESPACE, metricNamespace);
    if (!healthTable) return;
    fn.addEnvironment(ENV_HEALTH_TABLE, healthTable.tableName);
    const partitions = () => this.modules.map(({ moduleName }) => healthPartition(moduleName));
    this.grants.push(grantHealth(healthTable, fn, { produce: partitions }));
  }

  /** Allows the function to call a module, if it is one of the modules that it may call. */
  public offer(module: AdapterModule): void {
    const { only } = this.props;
    if (only && !only.includes(module.moduleName)) return;
    this.modules.push(module);
    this.grants.push(module.grantCall(this.fn));
  }

  /** Permissions that the function has so far. */
  public get grant(): iam.Grant {
    const none = iam.Grant.drop(this.fn, 'no modules yet');
    return this.grants.reduce((all, grant) => all.combine(grant), none);
  }

  /** Functions of this app that must be deployed before the caller. */
  public get targets(): lambda.IFunction[] {
    return this.modules.flatMap(({ fn }) => fn ?? []);
  }

  /** Errors that only the complete app shows. */
  public errors(known: ReadonlySet<string>): string[] {
    const { fn, modules, props } = this;
    const missing = (props.only ?? []).filter((name) => !known.has(name));
    const bytes = environmentBytes(fn) + this.minimumArnBytes();
    return [
      ...missing.map(
        (name) => `module '${name}' of caller ${fn.node.path} not found; available: ${quoted([...known]) || 'none'}`,
      ),
      ...(modules.length === 0 && missing.length === 0
        ? [`a caller must have at least one module, got: none for ${fn.node.path}; add modules to the invoker`]
        : []),
      ...(bytes > ENVIRONMENT_MAX_BYTES
        ? [
            `the environment of a caller must have at most ${ENVIRONMENT_MAX_BYTES} bytes including its modules, got at least: ${bytes} for ${fn.node.path}; pass fewer modules to addTo, or use a second function`,
          ]
        : []),
    ];
  }

  /** Bytes that the ARNs of functions of this app add to the known ones. */
  private minimumArnBytes(): number {
    const ofApp = this.modules.filter((module) => module.fn !== undefined);
    const known = ofApp.map(({ config }) => knownBytes(Stack.of(this.fn).resolve(config.function)));
    return known.reduce((sum, bytes) => sum + Math.max(0, ARN_MIN_BYTES - bytes), 0);
  }

  private configs(): Record<string, ModuleConfig> {
    return Object.fromEntries(this.modules.map(({ moduleName, config }) => [moduleName, config]));
  }
}

function environmentBytes(fn: lambda.Function): number {
  const { variables } = (Stack.of(fn).resolve((fn.node.defaultChild as lambda.CfnFunction).environment) ?? {}) as {
    variables?: Record<string, unknown>;
  };
  return Object.entries(variables ?? {}).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + knownBytes(value), 0);
}

const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ');
