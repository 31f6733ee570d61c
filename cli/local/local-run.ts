import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import picocolors from 'picocolors';
import { type Assembly, compareAssemblies, environmentOfApp } from '../../engine/assembly';
import { CdkCommand, requireCdkJson } from '../../engine/cdk';
import { applyDroppedProperties } from '../../engine/dropped-properties';
import { CommandError } from '../../engine/errors';
import { type Environment, MINISTACK_VERSION, MiniStack } from '../../engine/ministack';
import { type DeployedFunction, listFunctions } from '../shared/discovery';
import { formatDuration, formatTime } from '../shared/format';
import { stackAddresses } from '../shared/local-addresses';
import { LocalStateFile } from '../shared/local-state';
import type { Output } from '../shared/output';
import { step } from '../shared/progress';
import { localTarget, type Target } from '../shared/target';
import { CONTEXT_SERVED, servedFolder } from './app-settings';
import { FileServer } from './file-server';
import { Follower } from './follower';
import { describeNextSteps } from './next-steps';
import { Watcher } from './watcher';

/** How the local run is started. */
export interface LocalRunOptions {
  /** Folder of the app. */
  readonly directory: string;
  /** Port of MiniStack. @default - a free one */
  readonly port?: number;
  /** Folder to serve. @default - what cdk.json says */
  readonly serve?: string;
  readonly watch: boolean;
  readonly follow: boolean;
  /** Whether to show what the CDK and MiniStack write. */
  readonly verbose?: boolean;
  readonly output: Output;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Two folders in turn: the one holds what is deployed while the other is synthesized. */
const ASSEMBLIES = ['assembly-a', 'assembly-b'] as const;

/**
 * Deploys an app into a MiniStack of its own and keeps it there, following and redeploying, until the signal comes. Whatever
 * ends it, everything that it started is stopped.
 */
export class LocalRun {
  private readonly state: LocalStateFile;
  private ministack?: MiniStack;
  private files?: FileServer;
  private watcher?: Watcher;
  private follower?: Follower;
  private deployed?: Assembly;
  private pendingChanges: readonly string[] = [];
  private redeploying?: Promise<void>;

  public constructor(private readonly options: LocalRunOptions) {
    this.state = new LocalStateFile(options.directory);
  }

  /**
   * @throws CommandError when it can't start, the first deploy fails, or MiniStack ends by itself
   */
  public async run(): Promise<void> {
    requireCdkJson(this.options.directory);
    await this.claim();
    try {
      const ministack = await this.start();
      await this.stayUp(ministack);
    } catch (error) {
      // What was going when Ctrl-C came has failed because of it.
      if (!this.options.signal.aborted) throw error;
    } finally {
      await this.stop();
    }
  }

  private async claim(): Promise<void> {
    const live = await this.state.readLive();
    // Left by a run that was killed.
    if (!live) this.state.remove();
    if (live || !this.state.claim()) {
      throw new CommandError(
        `the local run of this app is up already${live?.endpoint ? `: ${live.endpoint}` : ''}${live ? `, process ${live.pid}` : ''}`,
        'Use it from this terminal (katamari runs, logs, emit, invoke), or end it with Ctrl-C where it runs.',
      );
    }
  }

  private async start(): Promise<MiniStack> {
    const served = this.options.serve ?? servedFolder(this.options.directory);
    if (served !== undefined) this.files = await FileServer.start(served);
    let ministack = await this.startMiniStack();
    let assembly = await this.synth();
    const awsEnvironment = environmentOfApp(assembly.stacks, ministack.awsEnvironment);
    if (
      awsEnvironment.account !== ministack.awsEnvironment.account ||
      awsEnvironment.region !== ministack.awsEnvironment.region
    ) {
      // Only the app says which account and region it is for. Its functions must see the same ones.
      await ministack.stop();
      ministack = await this.startMiniStack(awsEnvironment);
      assembly = await this.synth();
    }
    await step('deploying', `deployed ${stackList(assembly)}`, ({ say }) => this.deployAll(assembly, say));
    this.writeState();
    return ministack;
  }

  private async startMiniStack(awsEnvironment?: Environment): Promise<MiniStack> {
    const { port, signal, verbose } = this.options;
    const log = verbose ? (line: string) => process.stderr.write(`${picocolors.dim(line)}\n`) : undefined;
    const as = awsEnvironment ? ` as account ${awsEnvironment.account} in ${awsEnvironment.region}` : '';
    this.ministack = await step<MiniStack>(
      'starting MiniStack',
      ({ endpoint }) => `MiniStack ${MINISTACK_VERSION} on ${endpoint}${as}`,
      ({ say }) => MiniStack.start({ stateDirectory: this.state.folder, port, awsEnvironment, signal, progress: say, log }),
    );
    return this.ministack;
  }

  private synth(): Promise<Assembly> {
    return step<Assembly>(
      'synthesizing',
      (assembly) => `synthesized ${stackList(assembly)}`,
      () => this.cdk().synth(),
    );
  }

  private async stayUp(ministack: MiniStack): Promise<void> {
    const { output, follow, watch, directory, signal } = this.options;
    const assembly = this.deployed as Assembly;
    const functions = await listFunctions(this.target());
    const overview = {
      endpoint: ministack.endpoint,
      region: ministack.awsEnvironment.region,
      functions,
      stacks: assembly.stacks,
      addresses: await stackAddresses(assembly.stacks, this.target().settings, ministack.awsEnvironment),
      served: this.files && { address: this.files.address, root: relative(directory, this.files.root) || '.' },
      watching: watch,
    };
    for (const line of describeNextSteps(overview, output.colors)) output.line(line);
    if (follow) {
      this.follower = new Follower(this.target().settings, output);
      this.follower.follow(functions);
    }
    if (watch) this.watcher = new Watcher(directory, (paths) => this.changed(paths));
    const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    const died = ministack.exited.then((reason) => {
      if (!signal.aborted)
        throw new CommandError(`MiniStack has ended by itself (${reason})`, "Start it again with 'katamari local'.");
    });
    if (!signal.aborted) await Promise.race([ended, died]);
    died.catch(() => undefined);
  }

  private async deployAll(assembly: Assembly, say: (text: string) => void): Promise<void> {
    const cdk = this.cdk(assembly.directory);
    say('bootstrapping');
    await cdk.bootstrap();
    say(`deploying ${stackList(assembly)}`);
    await cdk.deploy();
    await this.applyDropped(assembly);
    this.deployed = assembly;
  }

  private applyDropped(assembly: Assembly): Promise<void> {
    return applyDroppedProperties(assembly.stacks, this.target().settings, (this.ministack as MiniStack).awsEnvironment);
  }

  private changed(paths: readonly string[]): void {
    this.pendingChanges = [...new Set([...this.pendingChanges, ...paths])];
    this.redeploying ??= this.redeploy().finally(() => {
      this.redeploying = undefined;
    });
  }

  private async redeploy(): Promise<void> {
    while (this.pendingChanges.length > 0 && !this.options.signal.aborted) {
      const [first, ...others] = this.pendingChanges;
      this.pendingChanges = [];
      const what = `${first}${others.length > 0 ? ` and ${others.length} more` : ''} changed`;
      try {
        await this.deployChange(what);
      } catch (error) {
        if (this.options.signal.aborted) return;
        const { colors, line } = this.options.output;
        const rest = this.deployed ? 'the version before keeps running' : 'nothing is deployed until this is put right';
        line(`${colors.red('✖')} ${what}, but ${(error as Error).message}\n${colors.yellow(`  ${rest}`)}`);
      }
    }
  }

  private async deployChange(what: string): Promise<void> {
    const { colors } = this.options.output;
    const started = Date.now();
    const next = ASSEMBLIES.find((name) => this.deployed?.directory !== join(this.state.folder, name)) as string;
    await rm(join(this.state.folder, next), { recursive: true, force: true });
    const cdk = this.cdk(join(this.state.folder, next));
    const assembly = await cdk.synth();
    const difference = this.deployed ? compareAssemblies(this.deployed, assembly) : 'structure';
    if (difference === 'none') {
      this.note(colors.dim(`${what}: nothing to deploy`));
      return;
    }
    if (difference === 'code') {
      // A deploy, not a hotswap: it takes no longer here, and CloudFormation then knows which code it has deployed, so that
      // taking a change back deploys as well.
      await cdk.deploy();
      await this.applyDropped(assembly);
      this.deployed = assembly;
    } else {
      this.note(colors.yellow(`${what}: resources differ, so all of them are made anew; rows, messages and runs are lost`));
      this.deployed = undefined;
      await this.ministack?.reset();
      await this.deployAll(assembly, () => undefined);
      this.writeState();
    }
    this.follower?.follow(await this.functions());
    const result = difference === 'code' ? 'the new code is deployed' : `deployed ${stackList(assembly)}`;
    this.note(`${colors.green('✔')} ${what}: ${result} ${colors.dim(`(${formatDuration(Date.now() - started)})`)}`);
  }

  private functions(): Promise<DeployedFunction[]> {
    return listFunctions(this.target());
  }

  private note(text: string): void {
    const { output } = this.options;
    output.line(`${output.colors.dim(formatTime(Date.now()))} ${text}`);
  }

  private cdk(output: string = join(this.state.folder, ASSEMBLIES[0])): CdkCommand {
    const { directory, signal, verbose } = this.options;
    return new CdkCommand({
      directory,
      environment: (this.ministack as MiniStack).environment(),
      output,
      context: { 'katamari:local': 'true', ...(this.files && { [CONTEXT_SERVED]: this.files.address }) },
      log: verbose ? (line) => process.stderr.write(`${picocolors.dim(line)}\n`) : undefined,
      signal,
    });
  }

  private target(): Target {
    const { endpoint, awsEnvironment } = this.ministack as MiniStack;
    return localTarget(endpoint, awsEnvironment.region);
  }

  private writeState(): void {
    const { endpoint, pid: ministackPid, awsEnvironment } = this.ministack as MiniStack;
    const names = stackNames(this.deployed as Assembly);
    const { region } = awsEnvironment;
    this.state.write({ pid: process.pid, endpoint, region, ministackPid, stackNames: names, served: this.files?.address });
  }

  private async stop(): Promise<void> {
    this.watcher?.close();
    this.pendingChanges = [];
    // No command may find what is about to go.
    this.state.remove();
    await this.redeploying;
    await this.follower?.stop();
    await Promise.all([this.ministack?.stop(), this.files?.stop()]);
  }
}

function stackNames(assembly: Assembly): string[] {
  return assembly.stacks.map(({ stackName }) => stackName);
}

function stackList(assembly: Assembly): string {
  return stackNames(assembly).join(', ') || 'no stack';
}
