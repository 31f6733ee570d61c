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
import type { ClientSettings } from '../engine/client-settings';
import { ENV_FUNCTION, ENV_RUN_TABLE } from '../lib/runs/constants';
import { type DeployedFunction, type DeployedStack, pathBelow } from './deployed-stack';
import { TestDeploymentError } from './errors';
import type { TestTarget } from './options';

/**
 * What a deployment is made of.
 *
 * @internal
 */
export interface TestDeploymentDependencies<Built> {
  readonly target: TestTarget;
  readonly built: Built;
  readonly root: Stage;
  readonly assemblyDirectory: string;
  readonly stacks: readonly DeployedStack[];
  readonly clientSettings: ClientSettings & { readonly region: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly cleanUp: () => Promise<void>;
}

/** An app that was deployed for a test: what it has, and clients for it. */
export class TestDeployment<Built = unknown> {
  /** Where it is deployed. */
  public readonly target: TestTarget;
  /** What the function that builds the app returned, such as the stack; the app itself where one was given. */
  public readonly built: Built;
  /** Folder of what was synthesized: templates and assets. */
  public readonly assemblyDirectory: string;
  /**
   * The outputs of all stacks, by the name that CloudFormation has for them, such as `ApiUrl`; by `Stack.ApiUrl` as well,
   * which serves where two stacks have an output of that name.
   */
  public readonly outputs: Readonly<Record<string, string>>;
  /** Names of the functions: the paths of their constructs, such as `Orders/Jobs/Import`. */
  public readonly functionPaths: readonly string[];
  /** What a client of the SDK needs to reach what is deployed: `new SQSClient(deployment.clientSettings)`. */
  public readonly clientSettings: ClientSettings & { readonly region: string };
  /** What a process needs to reach it by the AWS CLI or an SDK: environment variables on top of its own. */
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
   * An output, by its name alone or with that of its stack.
   *
   * @throws TestDeploymentError when there is none, or one in each of several stacks
   */
  public output(name: string): string {
    const value = this.outputs[name];
    if (value !== undefined) return value;
    const qualified = Object.keys(this.outputs).filter((key) => key.endsWith(`.${name}`));
    if (qualified.length > 1) {
      throw new TestDeploymentError(`'${name}' is an output of several stacks, say one of: ${qualified.join(', ')}`);
    }
    throw new TestDeploymentError(`no output is named '${name}', there is: ${Object.keys(this.outputs).join(', ') || 'none'}`);
  }

  /**
   * A client of a deployed function.
   *
   * @param fn its construct; or its name within its group, the path of its construct, the end of that path, or its deployed name
   * @throws TestDeploymentError when there is none of that name, or several
   */
  public function(fn: string | IConstruct): FunctionClient {
    const { functionName, region } = this.find(fn);
    const key = `${region} ${functionName}`;
    const client = this.clients.get(key) ?? new FunctionClient(functionName, { ...this.clientSettings, region });
    this.clients.set(key, client);
    return client;
  }

  /**
   * The newest lines that a function has logged, the oldest of them first.
   *
   * @param fn as for `function`
   */
  public logs(fn: string | IConstruct, options?: RecentLogsOptions): Promise<LogEvent[]> {
    return this.function(fn).logs.recent(options);
  }

  /**
   * The runs of a function of a group, the newest first.
   *
   * @param fn as for `function`
   * @throws TestDeploymentError when its runs are not tracked
   */
  public async runs(fn: string | IConstruct, options?: ListRunsOptions): Promise<RunRecord[]> {
    const { path, region } = this.find(fn);
    const { environment } = await this.function(fn).configuration();
    const { [ENV_RUN_TABLE]: table, [ENV_FUNCTION]: name } = environment;
    if (!table || !name) {
      throw new TestDeploymentError(
        `the runs of a function are tracked where it is bundled and in a group, and trackRuns is not false, got: '${path}'`,
      );
    }
    const client = new DynamoDBClient({ ...this.clientSettings, region });
    try {
      return await new RunsClient(table, client).list(name, options);
    } finally {
      client.destroy();
    }
  }

  /**
   * Takes everything away that was deployed: stops MiniStack, or destroys the stacks on AWS. What a stack retains stays
   * there. To call it again does nothing.
   *
   * @throws TestDeploymentError when a stack on AWS could not be destroyed, with its name
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
      throw new TestDeploymentError(`no function is named '${wanted}', there is: ${this.functionPaths.join(', ') || 'none'}`);
    }
    if (another) {
      const paths = close.map(({ path }) => path).join(', ');
      throw new TestDeploymentError(`'${wanted}' is the name of several functions, say one of: ${paths}`);
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
