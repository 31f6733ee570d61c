import { dirname, join } from 'node:path';
import { CloudFormationClient, DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation';
import * as z from 'zod/mini';
import { type Assembly, environmentOfStack, readAssembly } from './assembly';
import { requireCdkJson } from './cdk-json';
import { synthReason, toolReason } from './cdk-reason';
import { clientSettingsFrom, sdkSettings } from './client-settings';
import { CommandError } from './errors';
import { DEFAULT_ENVIRONMENT, withoutAws } from './ministack';
import { readJson } from './read-json';
import { type ProcessResult, runProcess } from './run-process';

/** How the CDK command runs. */
interface CdkCommandOptions {
  /** Folder of the app, with its cdk.json. */
  readonly directory: string;
  /** Environment variables, in addition to those of this process that do not lead to an AWS account. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folder of the cloud assembly, such as `cdk.out`. */
  readonly output: string;
  /** Context values for the app, in addition to those of its cdk.json. @default - none */
  readonly context?: Readonly<Record<string, string>>;
  /** Called with each line that the CDK writes. */
  readonly log?: (line: string) => void;
  /** Ends the command that runs. */
  readonly signal?: AbortSignal;
  /** Folder to find aws-cdk from. @default - the folder of the app */
  readonly project?: string;
}

/** Every stack. `--all` leaves out the stacks of stages. */
const EVERY_STACK = '**';

/** The `aws-cdk` command, run on one app. */
export class CdkCommand {
  private readonly cdk: string;

  /** @throws CommandError when the folder has no cdk.json, or aws-cdk 2 is not installed */
  public constructor(private readonly options: CdkCommandOptions) {
    requireCdkJson(options.directory);
    this.cdk = findCdk(options.project ?? options.directory);
  }

  /**
   * Synthesizes the app.
   *
   * @throws CommandError with the error of the app
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

  /**
   * Creates the bucket and the roles that a deploy needs.
   *
   * @throws CommandError with the resources that failed, and why
   */
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
    // With --app: without it the CDK would synthesize again.
    const result = await this.run(['bootstrap', '--app', this.options.output, ...environments]);
    if (result.code !== 0) {
      throw new CommandError(`the bootstrap failed:\n\n${indent(await this.failedResources(['CDKToolkit'], result))}`);
    }
  }

  /**
   * Deploys every stack of the assembly.
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
   * Destroys every stack of the assembly. A stack that is not deployed is skipped.
   *
   * @throws CommandError with the resources that failed, and why
   */
  public async destroy(): Promise<void> {
    const { output } = this.options;
    const result = await this.run(['destroy', '--app', output, EVERY_STACK, '--force']);
    if (result.code === 0) return;
    const names = readAssembly(output).stacks.map(({ stackName }) => stackName);
    throw new CommandError(`destroying the stacks failed:\n\n${indent(await this.failedResources(names, result))}`);
  }

  private run(args: readonly string[]): Promise<ProcessResult> {
    const { directory, environment, log, signal } = this.options;
    const env = {
      ...withoutAws(process.env),
      // Colour codes would stop cdk-reason.ts from finding the error.
      NO_COLOR: '1',
      FORCE_COLOR: '0',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      ...environment,
    };
    return runProcess(process.execPath, [this.cdk, ...args, '--no-notices'], { cwd: directory, env, log, signal });
  }

  /** The resources that CloudFormation reports as failed with their reasons, else the error of the CDK. */
  private async failedResources(stackNames: readonly string[], result: ProcessResult): Promise<string> {
    const client = new CloudFormationClient(sdkSettings(clientSettingsFrom(this.options.environment)));
    const lines: string[] = [];
    for (const StackName of stackNames) {
      try {
        lines.push(...failuresIn(await client.send(new DescribeStackEventsCommand({ StackName }))));
      } catch {
        // The stack does not exist: another stack, or the CDK, has the reason.
      }
    }
    client.destroy();
    return [...new Set(lines)].join('\n') || toolReason(`${result.stdout}\n${result.stderr}`);
  }
}

/** Parts of the package.json of aws-cdk that are read. */
const CDK_MANIFEST = z.object({ version: z.string(), bin: z.object({ cdk: z.string() }) });

/** Path of the aws-cdk of the app, else of the one that this package installs. */
function findCdk(directory: string): string {
  const others: string[] = [];
  for (const from of [directory, __dirname]) {
    let manifest: string;
    try {
      manifest = require.resolve('aws-cdk/package.json', { paths: [from] });
    } catch {
      continue;
    }
    const { version, bin } = readJson(manifest, CDK_MANIFEST);
    // Version 3 reads the assemblies of version 2 only in part.
    if (version.startsWith('2.')) return join(dirname(manifest), bin.cdk);
    others.push(version);
  }
  throw new CommandError(
    `aws-cdk must be version 2, got: ${others.join(', ') || 'not installed'}`,
    "Run 'npm install --save-dev aws-cdk@2'.",
  );
}

type StackEventField = 'LogicalResourceId' | 'ResourceType' | 'ResourceStatus' | 'ResourceStatusReason' | 'StackName';

/** Events of a stack, as CloudFormation lists them. */
interface StackEvents {
  readonly StackEvents?: readonly Readonly<Partial<Record<StackEventField, string>>>[];
}

/** One line for each resource that failed. Resources that were cancelled because of another failure are left out. */
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
