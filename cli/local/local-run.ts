import { rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import picocolors from 'picocolors';
import { type Assembly, environmentOfApp } from '../../engine/assembly';
import { CdkCommand } from '../../engine/cdk';
import { requireCdkJson } from '../../engine/cdk-json';
import { useCliCredentials } from '../../engine/cli-credentials';
import { CommandError, reasonOf } from '../../engine/errors';
import { deployLocally, type LocalDeployment } from '../../engine/local-deployment';
import { DEFAULT_ENVIRONMENT, type Environment, MINISTACK_VERSION, MiniStack, synthEnvironment } from '../../engine/ministack';
import { CONTEXT_LOCAL } from '../../lib/context/constants';
import { type DeployedFunction, isInGroup, labelsOf, listFunctions } from '../shared/deployed-functions';
import { formatDuration, formatTime } from '../shared/format';
import { stackAddresses } from '../shared/local-addresses';
import { LocalStateFile } from '../shared/local-state';
import { step } from '../shared/progress';
import { localTarget, type Target } from '../shared/target';
import { DeployedApp } from './deployed-app';
import { FileServer } from './file-server';
import { Follower } from './follower';
import type { LocalRunOptions } from './local-run-options';
import { describeNextSteps } from './next-steps';
import { dueTimes, type LocalSchedule, LocalSchedules } from './schedules';
import { CONTEXT_SERVED, servedFolder } from './served-folder';
import { Watcher } from './watcher';

/**
 * Deploys an app into a MiniStack of its own, follows its functions and redeploys changes, until the signal aborts. However it
 * ends, it stops everything that it started.
 */
export class LocalRun {
  private readonly state: LocalStateFile;
  private readonly app: DeployedApp;
  private ministack?: MiniStack;
  private files?: FileServer;
  private watcher?: Watcher;
  private follower?: Follower;
  private schedules?: LocalSchedules;
  private pendingChanges: readonly string[] = [];
  private redeploying?: Promise<void>;

  public constructor(private readonly options: LocalRunOptions) {
    this.state = new LocalStateFile(options.directory);
    this.app = new DeployedApp(this.state.folder);
  }

  /**
   * @throws CommandError when it can't start, the first deploy fails, or MiniStack stops by itself
   */
  public async run(): Promise<void> {
    requireCdkJson(this.options.directory);
    this.claim();
    try {
      const ministack = await this.start();
      await this.stayUp(ministack);
    } catch (error) {
      // Ctrl-C makes the step in progress fail.
      if (!this.options.signal.aborted) throw error;
    } finally {
      await this.stop();
    }
    this.options.output.line(
      this.options.output.colors.dim('The local run has ended: MiniStack and everything that it started are down.'),
    );
  }

  private claim(): void {
    const live = this.state.readLive();
    // A killed run left this file.
    if (!live) this.state.remove();
    if (live || !this.state.claim()) {
      throw new CommandError(
        `a local run of this app is already running${live?.endpoint ? ` on ${live.endpoint}` : ''}${live ? ` (process ${live.pid})` : ''}`,
        'Use it from this terminal (npx cdk-katamari runs, logs, emit, invoke), or stop it with Ctrl-C in its own terminal.',
      );
    }
  }

  private async start(): Promise<MiniStack> {
    const served = this.options.serve ?? servedFolder(this.options.directory);
    if (served !== undefined) this.files = await FileServer.start(served, this.options.allowOrigin);
    const port = await MiniStack.choosePort(this.options.port);
    // Before MiniStack is installed and started: an app that does not synthesize is told at once.
    let assembly = await this.synth(synthEnvironment(port, DEFAULT_ENVIRONMENT), false);
    const awsEnvironment = environmentOfApp(assembly.stacks, DEFAULT_ENVIRONMENT);
    if (!assembly.incomplete && !isDeepStrictEqual(awsEnvironment, DEFAULT_ENVIRONMENT)) {
      // The app may use its account and region, which are known now, beyond those of its stacks.
      assembly = await this.synth(synthEnvironment(port, awsEnvironment), false);
    }
    const ministack = await this.startMiniStack(port, awsEnvironment);
    // MiniStack answers the lookups.
    if (assembly.incomplete) assembly = await this.synth(ministack.environment(), true);
    await step('deploying', `deployed ${stackList(assembly)}`, ({ say }) => this.deploy(assembly, { progress: say }));
    this.writeState();
    return ministack;
  }

  private async startMiniStack(port: number, awsEnvironment: Environment): Promise<MiniStack> {
    const { allowOrigin: allowedOrigins, iam, signal } = this.options;
    const { account, region } = awsEnvironment;
    const as = isDeepStrictEqual(awsEnvironment, DEFAULT_ENVIRONMENT) ? '' : ` as account ${account} in ${region}`;
    this.ministack = await step<MiniStack>(
      'starting MiniStack',
      ({ endpoint }) => `MiniStack ${MINISTACK_VERSION} on ${endpoint}${as}`,
      ({ say }) =>
        MiniStack.start({
          stateDirectory: this.state.folder,
          port,
          awsEnvironment,
          allowedOrigins,
          iam,
          signal,
          progress: say,
          log: this.toolLog(),
        }),
    );
    return this.ministack;
  }

  private synth(environment: Readonly<Record<string, string>>, lookups: boolean): Promise<Assembly> {
    return step<Assembly>(
      'synthesizing',
      (assembly) => `synthesized ${stackList(assembly)}${assembly.incomplete ? ', without context lookups' : ''}`,
      () => this.cdk(this.app.nextFolder(), environment).synth(lookups),
    );
  }

  private async stayUp(ministack: MiniStack): Promise<void> {
    const { output, follow, watch, directory, signal } = this.options;
    const assembly = this.app.assembly as Assembly;
    const all = await listFunctions(this.target());
    const functions = all.filter(isInGroup);
    this.schedules = new LocalSchedules(this.target().settings);
    const schedules = await this.schedules.read(all);
    const overview = {
      endpoint: ministack.endpoint,
      region: ministack.awsEnvironment.region,
      functions: [...labelsOf(functions).values()],
      due: dueTimes(schedules, functions),
      stacks: assembly.stacks,
      addresses: await stackAddresses(assembly.stacks, this.target().settings, ministack.awsEnvironment),
      served: this.files && { address: this.files.address, root: relative(directory, this.files.root) || '.' },
      watching: watch,
    };
    if (watch) this.watcher = await Watcher.start(directory, (paths) => this.changed(paths));
    for (const line of describeNextSteps(overview, output.colors)) output.line(line);
    if (follow) {
      this.follower = new Follower(this.target().settings, output);
      this.follower.follow(functions);
    }
    // Not awaited: Ctrl-C must not wait for it.
    void this.startSchedules(all, this.options.runNow ? schedules : []);
    const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    const died = ministack.exited.then((reason) => {
      if (signal.aborted) return;
      throw new CommandError(
        `MiniStack stopped unexpectedly (${reason})`,
        "Start the local run again with 'npx cdk-katamari local'.",
      );
    });
    if (!signal.aborted) await Promise.race([ended, died]);
    died.catch(() => undefined);
  }

  /** Lets the tickers enqueue their first runs, and starts the next run of each of these schedules. */
  private async startSchedules(functions: readonly DeployedFunction[], schedules: readonly LocalSchedule[]): Promise<void> {
    try {
      await this.schedules?.tick(functions);
      for (const { next, start } of schedules) {
        const due = next(Date.now());
        if (due !== undefined) await start(due);
      }
    } catch (error) {
      if (this.options.signal.aborted) return;
      const { colors, line } = this.options.output;
      line(colors.yellow(`the schedules start at the next minute: ${reasonOf(error)}`));
    }
  }

  private async deploy(assembly: Assembly, options: Pick<LocalDeployment, 'progress'> = {}): Promise<void> {
    const { directory, stacks } = assembly;
    if (this.options.iam) useCliCredentials(directory);
    const miniStack = this.ministack as MiniStack;
    await this.app.deploy(assembly, (previous) =>
      deployLocally({ miniStack, cdk: this.cdk(directory), stacks, previous, ...options }),
    );
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
        const rest = this.app.assembly ? 'the previous version keeps running' : 'nothing is deployed until you fix this';
        line(`${colors.red('✖')} ${what}: ${(error as Error).message}\n${colors.yellow(`  ${rest}`)}`);
      }
    }
  }

  private async deployChange(what: string): Promise<void> {
    const { colors } = this.options.output;
    const started = Date.now();
    const next = this.app.nextFolder();
    await rm(next, { recursive: true, force: true });
    const assembly = await this.cdk(next).synth();
    const difference = this.app.differenceTo(assembly);
    if (difference === 'none') {
      this.note(colors.dim(`${what}: nothing to deploy`));
      return;
    }
    if (difference === 'structure' && this.options.reset) {
      this.note(colors.yellow(`${what}: resources changed, and --reset makes all stacks anew; rows, messages and runs are lost`));
      this.app.forget();
      await this.ministack?.reset();
    }
    // Not a hotswap, which would be no faster here: CloudFormation then knows the deployed code, so that undoing the change
    // deploys too.
    await this.deploy(assembly);
    this.writeState();
    const functions = await listFunctions(this.target());
    this.follower?.follow(functions.filter(isInGroup));
    if (difference === 'structure') void this.startSchedules(functions, []);
    const result = difference === 'code' ? 'deployed the new code' : `deployed ${stackList(assembly)}`;
    this.note(`${colors.green('✔')} ${what}: ${result} ${colors.dim(`(${formatDuration(Date.now() - started)})`)}`);
  }

  private note(text: string): void {
    const { output } = this.options;
    output.line(`${output.colors.dim(formatTime(Date.now()))} ${text}`);
  }

  private cdk(
    output: string,
    environment: Readonly<Record<string, string>> = (this.ministack as MiniStack).environment(),
  ): CdkCommand {
    const { directory, signal } = this.options;
    return new CdkCommand({
      directory,
      environment,
      output,
      context: { [CONTEXT_LOCAL]: 'true', ...(this.files && { [CONTEXT_SERVED]: this.files.address }) },
      log: this.toolLog(),
      signal,
    });
  }

  /** Shows the lines of the CDK and MiniStack, with --verbose. */
  private toolLog(): ((line: string) => void) | undefined {
    return this.options.verbose ? (line) => process.stderr.write(`${picocolors.dim(line)}\n`) : undefined;
  }

  private target(): Target {
    const { endpoint, awsEnvironment } = this.ministack as MiniStack;
    return localTarget(endpoint, awsEnvironment.region);
  }

  private writeState(): void {
    const { endpoint, pid: ministackPid, awsEnvironment } = this.ministack as MiniStack;
    const names = stackNames(this.app.assembly as Assembly);
    const { region } = awsEnvironment;
    this.state.write({ endpoint, region, ministackPid, stackNames: names, served: this.files?.address });
  }

  private async stop(): Promise<void> {
    await this.watcher?.close();
    this.pendingChanges = [];
    this.schedules?.destroy();
    // A command must not use a MiniStack that is about to stop, nor go to AWS because it stops.
    this.state.write();
    try {
      await this.redeploying;
      await this.follower?.stop();
      await Promise.all([this.ministack?.stop(), this.files?.stop()]);
    } finally {
      this.state.remove();
    }
  }
}

function stackNames(assembly: Assembly): string[] {
  return assembly.stacks.map(({ stackName }) => stackName);
}

function stackList(assembly: Assembly): string {
  return stackNames(assembly).join(', ') || 'no stack';
}
