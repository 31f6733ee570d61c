import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../lib/packaging/package-root';
import { type ClientSettings, clientSettingsFrom } from './client-settings';
import { CommandError, reasonOf } from './errors';
import { exposedAddresses, freePort, isListening, LOOPBACK } from './ports';
import { virtualEnvironment } from './python';
import { killGroup } from './run-process';
import { waitFor } from './wait-for';

/** Folder, within the folder of the app, for the virtual environment of MiniStack and the state of the local run. */
export const STATE_FOLDER = '.katamari';

/** The MiniStack version that this library is tested with. */
export const MINISTACK_VERSION = '1.5.33';

/**
 * Packages of MiniStack's virtual environment. It also runs Python functions: Lambda's Python runtimes have boto3. JWT authorizers
 * require cryptography.
 */
export const MINISTACK_REQUIREMENTS = [`ministack==${MINISTACK_VERSION}`, 'boto3==1.43.106', 'cryptography==50.0.2'];

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 3_000;
/** Last lines of output to keep, for the error when MiniStack ends by itself. */
const KEPT_LINES = 20;

/** Starts MiniStack behind a guard, and ends it with this process. */
const LAUNCHER = join(packageRoot(__dirname), 'dist', 'engine', 'launcher.py');

/** An AWS account and region. */
export interface Environment {
  readonly account: string;
  readonly region: string;
}

/** Account and region of a stack that names neither. */
export const DEFAULT_ENVIRONMENT: Environment = { account: '000000000000', region: 'us-east-1' };

/** How a MiniStack is started. */
interface MiniStackOptions {
  /** Folder of the virtual environment, which stays between starts. */
  readonly stateDirectory: string;
  /** Port of 127.0.0.1. @default - a free one */
  readonly port?: number;
  /** Account and region to emulate. @default - 000000000000, us-east-1 */
  readonly awsEnvironment?: Environment;
  /** Called with each line that MiniStack writes. */
  readonly log?: (line: string) => void;
  /** Called before each step, with what it does. */
  readonly progress?: (text: string) => void;
  /** Environment variables, in addition to those that this class sets. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Origins, such as `https://example.com`, whose pages may send requests, in addition to those of this machine.
   * @default - none
   */
  readonly allowedOrigins?: readonly string[];
  /** Whether to enforce IAM policies, as AWS does. @default false */
  readonly iam?: boolean;
  /** Cancels the start. */
  readonly signal?: AbortSignal;
}

/** A MiniStack process: an AWS emulator that listens on 127.0.0.1 only, and keeps nothing when it stops. */
export class MiniStack {
  /**
   * Installs MiniStack if it is not installed, starts it and waits until it answers.
   *
   * @throws CommandError without Python, without a network for the first install, or when the port is in use
   */
  public static async start(options: MiniStackOptions): Promise<MiniStack> {
    if (options.port !== undefined && (await isListening(options.port))) {
      throw new CommandError(
        `port ${options.port} of ${LOOPBACK} is in use by another program`,
        'Pass another port with --port, or leave --port out to use a free one.',
      );
    }
    const python = await virtualEnvironment(options.stateDirectory, MINISTACK_REQUIREMENTS, options);
    const port = options.port ?? (await freePort());
    const awsEnvironment = options.awsEnvironment ?? DEFAULT_ENVIRONMENT;
    const temporary = await mkdtemp(join(tmpdir(), 'katamari-'));
    options.progress?.('starting MiniStack');
    const child = spawn(python, [LAUNCHER], {
      env: {
        ...processEnvironment(port, temporary, awsEnvironment, options.environment),
        AUTH: String(options.iam ?? false),
        KATAMARI_ALLOWED_ORIGINS: (options.allowedOrigins ?? []).join(' '),
      },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    });
    const stack = new MiniStack(port, awsEnvironment, temporary, child, options.log);
    try {
      await stack.waitUntilReady(options.signal);
      const exposed = await exposedAddresses(port);
      if (exposed.length > 0) {
        throw new CommandError(`MiniStack must listen on ${LOOPBACK} only, got: ${exposed.join(', ')}`);
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
  /** Resolves when the process ends, with the reason: exit code or signal, and the last line that it wrote. */
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
    // Nothing is written to standard input: only its closing counts.
    child.stdin?.on('error', () => undefined);
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => {
        this.running = false;
        resolve(reasonOf(error));
      });
      // Not 'close': a worker that still runs would hold the streams.
      child.once('exit', (code, signal) => {
        this.running = false;
        const last = this.lastLines.findLast((line) => line.trim() !== '' && !/ (?:WARNING|INFO|DEBUG) /.test(line));
        resolve(`${signal ? `signal ${signal}` : `exit code ${code}`}${last ? `: ${last.trim()}` : ''}`);
      });
    });
  }

  /** Environment variables with which the CDK, the AWS CLI and the SDKs use this MiniStack. */
  public environment(): Record<string, string> {
    return localEnvironment(this.endpoint, this.awsEnvironment);
  }

  /** Settings with which an SDK client uses this MiniStack. */
  public clientSettings(): ClientSettings & { readonly region: string } {
    return clientSettingsFrom(this.environment());
  }

  /**
   * Deletes everything that was deployed or stored.
   *
   * @throws CommandError when MiniStack refuses
   */
  public async reset(): Promise<void> {
    const response = await fetch(`${this.endpoint}/_ministack/reset`, { method: 'POST', signal: AbortSignal.timeout(60_000) });
    if (!response.ok) throw new CommandError(`MiniStack failed to reset: HTTP ${response.status}`);
  }

  /** Lets this process end while MiniStack runs: MiniStack then ends too. */
  public unref(): void {
    this.child.unref();
    for (const stream of this.child.stdio) (stream as Socket | null)?.unref();
  }

  /** Stops MiniStack and every worker that it started. A second call does nothing. */
  public stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    this.child.ref();
    if (this.running) killGroup(this.child, 'SIGTERM');
    const timeout = new Promise((resolve) => setTimeout(resolve, STOP_TIMEOUT_MS).unref());
    await Promise.race([this.exited, timeout]);
    // For workers that are still there, and for MiniStack when it did not end in time.
    killGroup(this.child, 'SIGKILL');
    await this.exited;
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
    await rm(this.temporary, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 });
  }

  private waitUntilReady(signal?: AbortSignal): Promise<void> {
    const check = async () => {
      if (!this.running) throw new CommandError(`MiniStack ended while it started: ${await this.exited}`);
      return isHealthy(this.endpoint);
    };
    const details = () => this.lastLines.at(-1);
    return waitFor(check, { what: 'answer from MiniStack', timeoutMs: START_TIMEOUT_MS, signal, details });
  }
}

/** Tells whether a MiniStack answers at an endpoint. */
export async function isHealthy(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2_000) });
    return response.ok;
  } catch {
    return false;
  }
}

/** Environment variables with which the CDK, the AWS CLI and the SDKs use a MiniStack. They name no profile, which would take precedence. */
export function localEnvironment(
  endpoint: string,
  { account, region }: Environment = DEFAULT_ENVIRONMENT,
): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    // The CDK caches the account of an access key, so each account needs a key of its own.
    AWS_ACCESS_KEY_ID: account === DEFAULT_ENVIRONMENT.account ? 'test' : account,
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    CDK_DEFAULT_ACCOUNT: account,
    CDK_DEFAULT_REGION: region,
    CDK_DISABLE_VERSION_CHECK: '1',
  };
}

/** Environment variables without those that would lead an AWS client elsewhere. */
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
    // Functions run on the Node.js of this process.
    PATH: [dirname(process.execPath), own.PATH].join(delimiter),
    // Outside the app's folder, so that functions do not find its package.json and node_modules: on AWS they do not either.
    TMPDIR: temporary,
    GATEWAY_PORT: String(port),
    BIND_HOST: LOOPBACK,
    MINISTACK_HOST: LOOPBACK,
    MINISTACK_ACCOUNT_ID: awsEnvironment.account,
    MINISTACK_REGION: awsEnvironment.region,
    LOG_LEVEL: 'WARNING',
    LAMBDA_EXECUTOR: 'local',
    LAMBDA_ASYNC_RETRY_BASE_SECONDS: '2',
    // The SDK's warning would be in the logs of functions.
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
