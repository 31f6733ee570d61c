import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { CommandError, reasonOf } from './errors';
import { exposedAddresses, freePort, isListening, LOOPBACK } from './ports';
import { virtualEnvironment } from './python';
import { killGroup } from './run-process';

/** The version that this library is tested with. */
export const MINISTACK_VERSION = '1.5.33';

/** What its interpreter has, which also runs Python functions: boto3 is part of Lambda's own Python runtimes. */
export const MINISTACK_REQUIREMENTS = [`ministack==${MINISTACK_VERSION}`, 'boto3==1.43.106'];

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 3_000;
/** Last lines that are kept, to say why it died. */
const KEPT_LINES = 20;

/**
 * Ends the whole process group when standard input closes, which it does whatever way the parent ends: a MiniStack must not
 * outlive the command that started it.
 */
const BOOT = `
import os, shutil, signal, sys, threading
def watch():
    while os.read(0, 1): pass
    shutil.rmtree(os.environ['TMPDIR'], ignore_errors=True)
    os.killpg(0, signal.SIGKILL) if hasattr(os, 'killpg') else os._exit(1)
threading.Thread(target=watch, daemon=True).start()
sys.argv = ['ministack']
from ministack.app import main
main()
`;

/** An account and a region of AWS. */
export interface Environment {
  readonly account: string;
  readonly region: string;
}

/** Where a stack goes that names neither account nor region. */
export const DEFAULT_ENVIRONMENT: Environment = { account: '000000000000', region: 'us-east-1' };

/** How a MiniStack is started. */
export interface MiniStackOptions {
  /** Folder for the virtual environment, which is kept. */
  readonly stateDirectory: string;
  /** Port of 127.0.0.1. @default - a free one */
  readonly port?: number;
  /** Account and region that it stands for. @default - 000000000000, us-east-1 */
  readonly awsEnvironment?: Environment;
  /** Called with each line that it writes. */
  readonly log?: (line: string) => void;
  /** Called with what is being done, in a few words. */
  readonly progress?: (text: string) => void;
  /** Environment variables on top of those that this class sets. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Gives up the start. */
  readonly signal?: AbortSignal;
}

/** A MiniStack of our own: an emulator of AWS on 127.0.0.1 alone, that keeps nothing when it stops. */
export class MiniStack {
  /**
   * Installs MiniStack where needed, starts it and waits until it answers.
   *
   * @throws CommandError when there is no Python, no network for the first install, or the port is taken
   */
  public static async start(options: MiniStackOptions): Promise<MiniStack> {
    if (options.port !== undefined && (await isListening(options.port))) {
      throw new CommandError(
        `port ${options.port} of ${LOOPBACK} is taken: another program listens on it`,
        'Give another one with --port, or leave --port out to have a free one chosen.',
      );
    }
    const python = await virtualEnvironment(options.stateDirectory, MINISTACK_REQUIREMENTS, options);
    const port = options.port ?? (await freePort());
    const awsEnvironment = options.awsEnvironment ?? DEFAULT_ENVIRONMENT;
    const temporary = await mkdtemp(join(tmpdir(), 'katamari-'));
    options.progress?.('starting MiniStack');
    const child = spawn(python, ['-c', BOOT], {
      env: processEnvironment(port, temporary, awsEnvironment, options.environment),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    });
    const stack = new MiniStack(port, awsEnvironment, temporary, child, options.log);
    try {
      await stack.waitUntilReady(options.signal);
      const exposed = await exposedAddresses(port);
      if (exposed.length > 0) {
        throw new CommandError(`MiniStack must listen on ${LOOPBACK} alone, it answers on: ${exposed.join(', ')}`);
      }
      return stack;
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  /** Such as `http://127.0.0.1:4566`. */
  public readonly endpoint: string;
  public readonly pid: number;
  /** Settles when the process has ended, with its last words. */
  public readonly exited: Promise<string>;
  private readonly lastLines: string[] = [];
  private running = true;
  private stopped?: Promise<void>;

  private constructor(
    port: number,
    public readonly awsEnvironment: Environment,
    private readonly temporary: string,
    private readonly child: ChildProcess,
    log?: (line: string) => void,
  ) {
    this.endpoint = `http://${LOOPBACK}:${port}`;
    this.pid = child.pid ?? 0;
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        this.lastLines.push(line);
        if (this.lastLines.length > KEPT_LINES) this.lastLines.shift();
        log?.(line);
      });
    }
    // Nothing is written to it: that it closes says that this process has ended.
    child.stdin?.on('error', () => undefined);
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => {
        this.running = false;
        resolve(reasonOf(error));
      });
      // Not 'close': a worker that lives on would hold the streams.
      child.once('exit', (code, signal) => {
        this.running = false;
        const last = this.lastLines.findLast((line) => line.trim() !== '' && !/ (?:WARNING|INFO|DEBUG) /.test(line));
        resolve(`${signal ? `signal ${signal}` : `exit code ${code}`}${last ? `: ${last.trim()}` : ''}`);
      });
    });
  }

  /** The environment in which the CDK, the AWS CLI and the SDKs use this MiniStack. */
  public environment(): Record<string, string> {
    return localEnvironment(this.endpoint, this.awsEnvironment);
  }

  /** Deletes everything that was deployed or stored. */
  public async reset(): Promise<void> {
    const response = await fetch(`${this.endpoint}/_ministack/reset`, { method: 'POST', signal: AbortSignal.timeout(60_000) });
    if (!response.ok) throw new CommandError(`MiniStack could not be reset: it answered ${response.status}`);
  }

  /** Lets this process end while it is up: it ends with it. */
  public unref(): void {
    this.child.unref();
    for (const stream of this.child.stdio) (stream as Socket | null)?.unref();
  }

  /** Stops it and every worker that it has started. Does nothing when it is stopped. */
  public stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    this.child.ref();
    if (this.running) killGroup(this.child, 'SIGTERM');
    const timeout = new Promise((resolve) => setTimeout(resolve, STOP_TIMEOUT_MS).unref());
    await Promise.race([this.exited, timeout]);
    // Workers that did not end with it, and MiniStack itself where it did not end in time.
    killGroup(this.child, 'SIGKILL');
    await this.exited;
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
    await rm(this.temporary, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 });
  }

  private async waitUntilReady(signal?: AbortSignal): Promise<void> {
    const until = Date.now() + START_TIMEOUT_MS;
    while (Date.now() < until) {
      signal?.throwIfAborted();
      if (!this.running) throw new CommandError(`MiniStack ended while it started: ${await this.exited}`);
      if (await isHealthy(this.endpoint)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new CommandError(`MiniStack did not answer within ${START_TIMEOUT_MS / 1000} seconds: ${this.lastLines.at(-1) ?? ''}`);
  }
}

/** Whether a MiniStack answers. */
export async function isHealthy(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2_000) });
    return response.ok;
  } catch {
    return false;
  }
}

/** The environment in which the CDK, the AWS CLI and the SDKs use a MiniStack. No profile: it would come first. */
export function localEnvironment(
  endpoint: string,
  { account, region }: Environment = DEFAULT_ENVIRONMENT,
): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    // The CDK remembers, between its runs, which account a key is of.
    AWS_ACCESS_KEY_ID: account === DEFAULT_ENVIRONMENT.account ? 'test' : account,
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    CDK_DEFAULT_ACCOUNT: account,
    CDK_DEFAULT_REGION: region,
    CDK_DISABLE_VERSION_CHECK: '1',
  };
}

/** This process's own environment, without what would lead an AWS client elsewhere. */
export function withoutAws(env: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(env).filter(([name, value]) => value !== undefined && !/^(AWS_|CDK_DEFAULT_)/.test(name));
  return Object.fromEntries(kept) as Record<string, string>;
}

function processEnvironment(
  port: number,
  temporary: string,
  awsEnvironment: Environment,
  extra: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  const { PYTHONHOME, PYTHONPATH, NODE_OPTIONS, SERVICES, USE_SSL, ...own } = withoutAws(process.env);
  return {
    ...own,
    ...localEnvironment(`http://${LOOPBACK}:${port}`, awsEnvironment),
    // Functions run on the Node.js that runs this command.
    PATH: [dirname(process.execPath), own.PATH].join(delimiter),
    // Not below the app: its package.json and node_modules are not there on AWS either.
    TMPDIR: temporary,
    GATEWAY_PORT: String(port),
    BIND_HOST: LOOPBACK,
    MINISTACK_HOST: LOOPBACK,
    MINISTACK_ACCOUNT_ID: awsEnvironment.account,
    MINISTACK_REGION: awsEnvironment.region,
    LOG_LEVEL: 'WARNING',
    LAMBDA_EXECUTOR: 'local',
    LAMBDA_ASYNC_RETRY_BASE_SECONDS: '2',
    // A handler's log is for what the handler says.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    PERSIST_STATE: '0',
    LOCALSTACK_PERSISTENCE: '0',
    S3_PERSIST: '0',
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '0',
    ...extra,
  };
}
