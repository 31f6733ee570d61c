import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Stage } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import {
  FunctionClient,
  type ListRunsOptions,
  type LogEvent,
  type RecentLogsOptions,
  type RunRecord,
  RunsClient,
} from '../client';
import { type ClientSettings, sdkSettings } from '../engine/client-settings';
import { ENV_FUNCTION, ENV_RUN_TABLE } from '../lib/runs/constants';
import { type DeployedFunction, type DeployedStack, pathBelow } from './deployed-stack';
import { TestDeploymentError } from './errors';
import type { TestTarget } from './options';

/**
 * Dependencies of a test deployment.
 *
 * @internal
 */
interface TestDeploymentDependencies<Built> {
  readonly target: TestTarget;
  readonly built: Built;
  readonly root: Stage;
  readonly assemblyDirectory: string;
  readonly stacks: readonly DeployedStack[];
  readonly clientSettings: ClientSettings & { readonly region: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly cleanUp: () => Promise<void>;
}

/** An app that was deployed for a test, with clients for its functions. */
export class TestDeployment<Built = unknown> {
  /** Where the app is deployed. */
  public readonly target: TestTarget;
  /** What the function that builds the app returned, such as the stack; or the existing app. */
  public readonly built: Built;
  /** Folder of the cloud assembly, with its templates and assets. */
  public readonly assemblyDirectory: string;
  /**
   * Outputs of all stacks, by their name in CloudFormation, such as `ApiUrl`, and by `Stack.ApiUrl`. An output name that several
   * stacks have is only available with the stack.
   */
  public readonly outputs: Readonly<Record<string, string>>;
  /** Construct paths of the functions, such as `Orders/Jobs/Import`. */
  public readonly functionPaths: readonly string[];
  /** Settings for SDK clients of the deployment: `new SQSClient(deployment.clientSettings)`. */
  public readonly clientSettings: ClientSettings & { readonly region: string };
  /** Environment variables with which a process, such as the AWS CLI, uses the deployment. */
  public readonly environment: Readonly<Record<string, string>>;

  private readonly root: Stage;
  private readonly functions: readonly DeployedFunction[];
  private readonly clients = new Map<string, FunctionClient>();
  private readonly end: () => Promise<void>;
  private cleaned?: Promise<void>;

  /** @internal */
  public constructor(dependencies: TestDeploymentDependencies<Built>) {
    this.target = dependencies.target;
    this.built = dependencies.built;
    this.root = dependencies.root;
    this.assemblyDirectory = dependencies.assemblyDirectory;
    this.clientSettings = dependencies.clientSettings;
    this.environment = dependencies.environment;
    this.end = dependencies.cleanUp;
    this.functions = dependencies.stacks.flatMap(({ functions }) => functions);
    this.functionPaths = this.functions.map(({ path }) => path);
    this.outputs = allOutputs(dependencies.stacks);
  }

  /**
   * The value of an output.
   *
   * @param name name of the output, or of its stack and the output, such as `Orders.ApiUrl`
   * @throws TestDeploymentError when no stack or several stacks have the output
   */
  public output(name: string): string {
    const value = this.outputs[name];
    if (value !== undefined) return value;
    const qualified = Object.keys(this.outputs).filter((key) => key.endsWith(`.${name}`));
    if (qualified.length > 1) {
      throw new TestDeploymentError(`several stacks have the output '${name}'; pass one of: ${qualified.join(', ')}`);
    }
    throw new TestDeploymentError(`output '${name}' not found; available: ${Object.keys(this.outputs).join(', ') || 'none'}`);
  }

  /**
   * A client for a deployed function.
   *
   * @param fn the construct, its path or the end of its path, the name within its group, or the deployed name
   * @throws TestDeploymentError when no function or several functions match
   */
  public function(fn: string | IConstruct): FunctionClient {
    const { functionName, region } = this.find(fn);
    const key = `${region} ${functionName}`;
    const client = this.clients.get(key) ?? new FunctionClient(functionName, { ...this.clientSettings, region });
    this.clients.set(key, client);
    return client;
  }

  /**
   * The newest log lines of a function, oldest first.
   *
   * @param fn see `function`
   */
  public logs(fn: string | IConstruct, options?: RecentLogsOptions): Promise<LogEvent[]> {
    return this.function(fn).logs.recent(options);
  }

  /**
   * The runs of a function in a group, newest first.
   *
   * @param fn see `function`
   * @throws TestDeploymentError when the runs of the function are not tracked
   */
  public async runs(fn: string | IConstruct, options?: ListRunsOptions): Promise<RunRecord[]> {
    const { path, region } = this.find(fn);
    const { environment } = await this.function(fn).configuration();
    const { [ENV_RUN_TABLE]: table, [ENV_FUNCTION]: name } = environment;
    if (!table || !name) {
      throw new TestDeploymentError(
        `runs are tracked for functions of a group with a bundled source, unless trackRuns is false, got: '${path}'`,
      );
    }
    const client = new DynamoDBClient(sdkSettings({ ...this.clientSettings, region }));
    try {
      return await new RunsClient(table, client).list(name, options);
    } finally {
      client.destroy();
    }
  }

  /**
   * Removes the deployment: stops MiniStack, or destroys the stacks on AWS. Resources with the removal policy RETAIN stay on AWS.
   * A second call does nothing.
   *
   * @throws TestDeploymentError with the names of the stacks when destroying them on AWS fails
   */
  public cleanUp(): Promise<void> {
    this.cleaned ??= this.end();
    return this.cleaned;
  }

  /** `cleanUp`, for `await using`. */
  public [Symbol.asyncDispose](): Promise<void> {
    return this.cleanUp();
  }

  private find(fn: string | IConstruct): DeployedFunction {
    const wanted = typeof fn === 'string' ? fn : pathBelow(this.root, fn);
    const exact = this.functions.filter(({ path, functionName }) => path === wanted || functionName === wanted);
    const close = this.functions.filter(({ path, name }) => name === wanted || path.endsWith(`/${wanted}`));
    const [found, another] = exact.length > 0 ? exact : close;
    if (!found) {
      throw new TestDeploymentError(`function '${wanted}' not found; available: ${this.functionPaths.join(', ') || 'none'}`);
    }
    if (another) {
      const paths = close.map(({ path }) => path).join(', ');
      throw new TestDeploymentError(`several functions match '${wanted}'; pass one of: ${paths}`);
    }
    return found;
  }
}

function allOutputs(stacks: readonly DeployedStack[]): Record<string, string> {
  const all = stacks.flatMap(({ path, outputs }) => Object.entries(outputs).map(([name, value]) => ({ path, name, value })));
  const times = new Map<string, number>();
  for (const { name } of all) times.set(name, (times.get(name) ?? 0) + 1);
  return Object.fromEntries(
    all.flatMap(({ path, name, value }) => {
      const qualified: [string, string] = [`${path}.${name}`, value];
      return times.get(name) === 1 ? [[name, value] as [string, string], qualified] : [qualified];
    }),
  );
}
