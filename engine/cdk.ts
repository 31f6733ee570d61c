import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CloudFormationClient, DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation';
import { type Assembly, environmentOfStack, readAssembly } from './assembly';
import { synthReason, toolReason } from './cdk-reason';
import { CommandError } from './errors';
import { DEFAULT_ENVIRONMENT, withoutAws } from './ministack';
import { type ProcessResult, runProcess } from './run-process';

/** Where the CDK command works, and with what. */
export interface CdkCommandOptions {
  /** Folder of the app: it has a cdk.json. */
  readonly directory: string;
  /** Environment variables on top of this process's own, of which those that lead to an account of AWS are left out. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folder for what is synthesized, such as `cdk.out`. */
  readonly output: string;
  /** Context values for the app. @default - none but those of its cdk.json */
  readonly context?: Readonly<Record<string, string>>;
  /** Called with each line that the CDK writes. */
  readonly log?: (line: string) => void;
  /** Ends what is going. */
  readonly signal?: AbortSignal;
  /** Folder whose own aws-cdk is used. @default - that of the app */
  readonly project?: string;
}

/** Every stack: `--all` leaves out those of stages. */
const EVERY_STACK = '**';

/** The `aws-cdk` command, run on one app. */
export class CdkCommand {
  private readonly cdk: string;

  /** @throws CommandError when the folder has no cdk.json, or there is no aws-cdk 2 */
  public constructor(private readonly options: CdkCommandOptions) {
    requireCdkJson(options.directory);
    this.cdk = findCdk(options.project ?? options.directory);
  }

  /**
   * Synthesizes the app.
   *
   * @throws CommandError in the app's own words
   */
  public async synth(): Promise<Assembly> {
    const { output, context = {}, directory } = this.options;
    const values = Object.entries(context).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
    const result = await this.run(['synth', '--quiet', '--output', output, ...values]);
    if (result.code !== 0) {
      throw new CommandError(`the app in ${directory} does not synthesize:\n\n${synthReason(result.stderr, result.stdout)}`);
    }
    return readAssembly(output);
  }

  /** Makes the bucket and the roles that a deploy needs. */
  public async bootstrap(): Promise<void> {
    const { CDK_DEFAULT_ACCOUNT, CDK_DEFAULT_REGION } = this.options.environment;
    const fallback = {
      account: CDK_DEFAULT_ACCOUNT ?? DEFAULT_ENVIRONMENT.account,
      region: CDK_DEFAULT_REGION ?? DEFAULT_ENVIRONMENT.region,
    };
    const environments = new Set(
      readAssembly(this.options.output).stacks.map((stack) => {
        const { account, region } = environmentOfStack(stack, fallback);
        return `aws://${account}/${region}`;
      }),
    );
    // Through --app as well: the CDK would otherwise synthesize once more.
    const result = await this.run(['bootstrap', '--app', this.options.output, ...environments]);
    if (result.code !== 0) {
      throw new CommandError(`the bootstrap failed:\n\n${indent(await this.failedResources(['CDKToolkit'], result))}`);
    }
  }

  /**
   * Deploys every stack of what was synthesized last.
   *
   * @throws CommandError with the resources that failed, and why
   */
  public async deploy(): Promise<void> {
    const { output } = this.options;
    const args = [
      'deploy',
      '--app',
      output,
      EVERY_STACK,
      '--require-approval',
      'never',
      '--progress',
      'events',
      '--method',
      'direct',
    ];
    const result = await this.run(args);
    if (result.code === 0) return;
    const names = readAssembly(output).stacks.map(({ stackName }) => stackName);
    throw new CommandError(`the deploy failed:\n\n${indent(await this.failedResources(names, result))}`);
  }

  /**
   * Destroys every stack of what was synthesized last. One that is not there is none to destroy.
   *
   * @throws CommandError with the resources that failed, and why
   */
  public async destroy(): Promise<void> {
    const { output } = this.options;
    const result = await this.run(['destroy', '--app', output, EVERY_STACK, '--force']);
    if (result.code === 0) return;
    const names = readAssembly(output).stacks.map(({ stackName }) => stackName);
    throw new CommandError(`the stacks could not be destroyed:\n\n${indent(await this.failedResources(names, result))}`);
  }

  private run(args: readonly string[]): Promise<ProcessResult> {
    const { directory, environment, log, signal } = this.options;
    const env = {
      ...withoutAws(process.env),
      // Its colours would be in the way of its reasons.
      NO_COLOR: '1',
      FORCE_COLOR: '0',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      ...environment,
    };
    return runProcess(process.execPath, [this.cdk, ...args, '--no-notices'], { cwd: directory, env, log, signal });
  }

  /** The resources that CloudFormation names as failed with their reasons, else what the CDK says. */
  private async failedResources(stackNames: readonly string[], result: ProcessResult): Promise<string> {
    const { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region = 'us-east-1', ...environment } = this.options.environment;
    const client = new CloudFormationClient({
      endpoint,
      region,
      ...(environment.AWS_ACCESS_KEY_ID && {
        credentials: {
          accessKeyId: environment.AWS_ACCESS_KEY_ID,
          secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
          sessionToken: environment.AWS_SESSION_TOKEN,
        },
      }),
    });
    const lines: string[] = [];
    for (const StackName of stackNames) {
      try {
        lines.push(...failuresIn(await client.send(new DescribeStackEventsCommand({ StackName }))));
      } catch {
        // Not deployed at all: another stack has the reason, or the CDK.
      }
    }
    client.destroy();
    return [...new Set(lines)].join('\n') || toolReason(`${result.stdout}\n${result.stderr}`);
  }
}

/** @throws CommandError when the folder is no CDK app */
export function requireCdkJson(directory: string): void {
  if (existsSync(join(directory, 'cdk.json'))) return;
  throw new CommandError(
    `there is no cdk.json in ${directory}`,
    "Run the command in the folder of a CDK app; 'npx cdk init app --language typescript' makes a new one.",
  );
}

/** Path of the app's own aws-cdk, else of the one that came with this package. */
function findCdk(directory: string): string {
  const others: string[] = [];
  for (const from of [directory, __dirname]) {
    let manifest: string;
    try {
      manifest = require.resolve('aws-cdk/package.json', { paths: [from] });
    } catch {
      continue;
    }
    const { version, bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string; bin: { cdk: string } };
    // A later major version reads the assemblies of version 2 only in part.
    if (version.startsWith('2.')) return join(dirname(manifest), bin.cdk);
    others.push(version);
  }
  throw new CommandError(
    `a deploy needs the aws-cdk command, version 2, got: ${others.join(', ') || 'none'}`,
    "Run 'npm install --save-dev aws-cdk@2'.",
  );
}

interface StackEvents {
  readonly StackEvents?: readonly {
    readonly LogicalResourceId?: string;
    readonly ResourceType?: string;
    readonly ResourceStatus?: string;
    readonly ResourceStatusReason?: string;
    readonly StackName?: string;
  }[];
}

/** One line for each resource that failed by itself: not for those that were cancelled because of it. */
export function failuresIn({ StackEvents = [] }: StackEvents): string[] {
  const failed = StackEvents.filter(
    ({ ResourceStatus = '', ResourceStatusReason = '' }) =>
      ResourceStatus.endsWith('_FAILED') && ResourceStatusReason !== '' && !/cancell?ed/i.test(ResourceStatusReason),
  );
  const resources = failed.filter(({ ResourceType }) => ResourceType !== 'AWS::CloudFormation::Stack');
  return (resources.length > 0 ? resources : failed)
    .map((event) => `${event.LogicalResourceId} (${event.ResourceType}) of ${event.StackName}: ${event.ResourceStatusReason}`)
    .reverse();
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
