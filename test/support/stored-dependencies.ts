import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type Zippable, zipSync } from 'fflate';
import { runProcess } from '../../engine/run-process';
import { ENV_DEPENDENCIES, ENV_DEPENDENCY_BUCKET, type StoredZip } from '../../lib/dependency-store/constants';
import { lambdaPython, pythonEnvironment } from '../lambda/python/python-driver';

export const BUCKET = 'katamari-assets';

/**
 * Simulates a fault of S3. `earlier` is the number of earlier requests for the same key. Returns true if it has answered the request,
 * and undefined to forward the request to S3.
 */
export type Fault = (answer: ServerResponse, earlier: number) => boolean | undefined | Promise<boolean | undefined>;

/** A bucket of dependencies in MiniStack, behind a proxy that counts requests and simulates faults. */
export class DependencyBucket {
  public static async create(endpoint: string): Promise<DependencyBucket> {
    const bucket = new DependencyBucket(endpoint);
    await new Promise<void>((resolve) => bucket.server.listen(0, '127.0.0.1', resolve));
    await bucket.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    return bucket;
  }

  /** Keys of the requests so far. */
  public readonly requestedKeys: string[] = [];
  /** The fault of all requests until `reset`. */
  public fault: Fault = () => undefined;
  public readonly s3: S3Client;
  private readonly server: Server;

  private constructor(private readonly target: string) {
    this.server = createServer((incoming, answer) => void this.handle(incoming, answer));
    this.s3 = new S3Client({
      endpoint: target,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
  }

  public get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  /** Uploads a zip and returns the entry that the construct would write into the environment. */
  public async put(zip: Uint8Array, declared: { size?: number; unpackedSize: number; files: number }): Promise<StoredZip> {
    const hash = createHash('sha256').update(zip);
    const key = `${hash.copy().digest('hex')}.zip`;
    await this.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: zip }));
    return [key, hash.digest('base64url'), declared.size ?? zip.length, declared.unpackedSize, declared.files];
  }

  /** Uploads files as a dependency. */
  public putFiles(files: Readonly<Record<string, string | Uint8Array>>): Promise<StoredZip> {
    const contents = Object.entries(files).map(([name, content]) => [name, Buffer.from(content)] as const);
    const unpackedSize = contents.reduce((sum, [, { length }]) => sum + length, 0);
    return this.put(zipSync(Object.fromEntries(contents)), { unpackedSize, files: contents.length });
  }

  /** Uploads a zip with any content. The returned entry describes it correctly. */
  public putZip(content: Zippable, size: number): Promise<StoredZip> {
    return this.put(zipSync(content), { unpackedSize: size, files: Object.keys(content).length });
  }

  public reset(): void {
    this.requestedKeys.length = 0;
    this.fault = () => undefined;
  }

  public async stop(): Promise<void> {
    this.s3.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const key = incoming.url?.split('?')[0]?.split('/').at(-1) ?? '';
    const earlier = this.requestedKeys.filter((other) => other === key).length;
    this.requestedKeys.push(key);
    incoming.resume();
    if (await this.fault(answer, earlier)) return;
    const forwarded = request(`${this.target}${incoming.url}`, { method: incoming.method, headers: incoming.headers }, (got) => {
      answer.writeHead(got.statusCode ?? 500, got.headers);
      got.pipe(answer);
    });
    forwarded.end();
  }
}

/** Answers a request with an S3 error. */
export function s3Error(answer: ServerResponse, status: number, code: string): true {
  answer.writeHead(status, { 'content-type': 'application/xml' });
  answer.end(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code} it is</Message></Error>`);
  return true;
}

/** The result of a call of the loader. */
export interface LoadOutcome {
  /** The returned folder of each name. */
  readonly loaded?: Readonly<Record<string, string>>;
  readonly error?: {
    readonly name: string;
    readonly message: string;
    readonly bucket: string | null;
    readonly key: string | null;
  };
}

/** Options for a process that loads dependencies. */
export interface LoadOptions {
  readonly zips: Readonly<Record<string, StoredZip>>;
  /** Calls of the loader. The calls of one round run at the same time, and the rounds run one after the other. */
  readonly rounds: readonly (readonly (readonly string[])[])[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Code that runs first. */
  readonly before?: string;
}

/** The loader of one language. */
export interface Loader {
  readonly language: string;
  /** Returns code that sets the free and the total disk space. */
  readonly disk: (free: number, total: number) => string;
  /** Code that makes writing the first unpacked file fail because the disk is full. */
  readonly full: string;
  /** Code that makes the process belong to another user. */
  readonly stranger: string;
  readonly run: (environment: NodeJS.ProcessEnv, options: LoadOptions) => Promise<LoadOutcome[][]>;
}

const RUNTIME = join(__dirname, '..', '..', 'dist', 'runtime', 'index.js');
const NODE = `
const describe = ({ name, message, bucket, key }) => ({ name, message, bucket: bucket ?? null, key: key ?? null });
const load = (names) =>
  require(${JSON.stringify(RUNTIME)}).loadDependencies(names).then((loaded) => ({ loaded }), (error) => ({ error: describe(error) }));
(async () => {
  const rounds = [];
  for (const calls of JSON.parse(process.env.ROUNDS)) rounds.push(await Promise.all(calls.map(load)));
  console.log(JSON.stringify(rounds));
})();
`;
const PYTHON = `
import json, os
from concurrent.futures import ThreadPoolExecutor
from katamari_runtime.dependencies import load_dependencies
def load(names):
    try:
        return {"loaded": {name: str(path) for name, path in load_dependencies(names).items()}}
    except Exception as error:
        return {"error": {"name": type(error).__name__, "message": str(error),
                          "bucket": getattr(error, "bucket", None), "key": getattr(error, "key", None)}}
with ThreadPoolExecutor(16) as threads:
    print(json.dumps([list(threads.map(load, calls)) for calls in json.loads(os.environ["ROUNDS"])]))
`;

export const NODE_LOADER: Loader = {
  language: 'Node.js',
  disk: (free, total) =>
    `require('node:fs/promises').statfs = async () => ({ bsize: 4096, bavail: ${free / 4096}, blocks: ${total / 4096} });`,
  full: `const fs = require('node:fs'), { createWriteStream } = fs;
    fs.createWriteStream = (path, options) => {
      if (!path.includes('files')) return createWriteStream(path, options);
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    };`,
  stranger: 'process.geteuid = () => 12345;',
  run: (environment, { before = '' }) => runJson(process.execPath, ['-e', before + NODE], environment),
};

export const PYTHON_LOADER: Loader = {
  language: 'Python',
  disk: (free, total) => `
import shutil
from types import SimpleNamespace
shutil.disk_usage = lambda path: SimpleNamespace(free=${free}, total=${total})
`,
  full: `
import errno, shutil
def copy(*arguments): raise OSError(errno.ENOSPC, "no space left on device")
shutil.copyfileobj = copy
`,
  stranger: 'import os\nos.geteuid = lambda: 12345\n',
  run: async (environment, { before = '' }) => runJson(await lambdaPython(), ['-c', before + PYTHON], environment),
};

async function runJson(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<LoadOutcome[][]> {
  const { code, stdout, stderr } = await runProcess(command, args, { env });
  if (code !== 0 || stdout === '') throw new Error(`the process ended with ${code}: ${stdout}${stderr}`);
  return JSON.parse(stdout);
}

/** An execution environment: a temporary folder that one process after the other uses. */
export class Machine {
  public readonly directory = mkdtempSync(join(tmpdir(), 'katamari-machine-'));

  public constructor(
    private readonly bucket: DependencyBucket,
    private readonly loader: Loader,
  ) {}

  /** Runs a process in this environment. */
  public load(options: LoadOptions): Promise<LoadOutcome[][]> {
    return this.loader.run(this.environment(options), options);
  }

  /** Runs a process that loads dependencies in one call. */
  public async loadOnce(
    zips: LoadOptions['zips'],
    names: readonly string[],
    more: Partial<LoadOptions> = {},
  ): Promise<LoadOutcome> {
    const [[outcome] = []] = await this.load({ zips, rounds: [[names]], ...more });
    return outcome as LoadOutcome;
  }

  public environment({ zips, rounds, env = {} }: LoadOptions): NodeJS.ProcessEnv {
    return pythonEnvironment({
      TMPDIR: this.directory,
      AWS_ENDPOINT_URL: this.bucket.endpoint,
      AWS_LAMBDA_FUNCTION_NAME: 'fn',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      [ENV_DEPENDENCY_BUCKET]: BUCKET,
      [ENV_DEPENDENCIES]: JSON.stringify(zips),
      ROUNDS: JSON.stringify(rounds),
      ...env,
    });
  }

  /** The folder of unpacked dependencies. */
  public get store(): string {
    return join(this.directory, 'katamari-dependencies');
  }

  /** Lists the entries of the store: complete dependencies and partial ones. */
  public names(): string[] {
    return readdirSync(this.store).sort();
  }

  /** Reads all files below a folder. */
  public files(folder = this.directory): Record<string, string> {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const files = names.filter((name) => statSync(join(folder, name)).isFile());
    return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  }

  public remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}

/** Returns the folder name of a zip: its SHA-256 in hexadecimal digits. */
export function folderName([, sha256]: StoredZip): string {
  return Buffer.from(sha256, 'base64url').toString('hex');
}
