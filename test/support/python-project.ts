import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { strToU8, zipSync } from 'fflate';
import { findPython, virtualEnvironment } from '../../engine/python';
import { runProcess } from '../../engine/run-process';

/** Timeout that allows for the first run on a machine, which installs uv. */
export const INSTALL_TIMEOUT_MS = 300_000;
/** Timeout that allows for downloads from the package index. */
export const NETWORK_TIMEOUT_MS = 180_000;

/** The tools that can install packages. */
export const TOOLS = ['uv', 'pip'] as const;
export type Tool = (typeof TOOLS)[number] | 'none';

/** Content of a wheel. */
export interface WheelOptions {
  readonly name: string;
  readonly version?: string;
  /** @default - py3-none-any */
  readonly tag?: string;
  /** The tag in the WHEEL file. @default - the tag in the file name */
  readonly innerTag?: string;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Requirements, such as `other; sys_platform == "linux"`. */
  readonly requires?: readonly string[];
  readonly requiresPython?: string;
}

/** Returns the header of a native file for Linux. */
export function elf(machine: 'x86_64' | 'aarch64'): Uint8Array {
  const bytes = Buffer.alloc(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes.writeUInt16LE(machine === 'x86_64' ? 62 : 183, 18);
  return bytes;
}

interface FoundTools {
  readonly uv: string;
  readonly python: string;
  readonly git: string;
}

let found: Promise<FoundTools> | undefined;

async function findTools(): Promise<FoundTools> {
  const cache = join(__dirname, '..', '..', 'node_modules', '.cache', 'cdk-katamari', 'uv');
  const interpreter = await virtualEnvironment(cache, ['uv==0.13.9']);
  const { command } = await findPython();
  const { stdout } = await runProcess(command, ['-c', 'import sys; print(sys.executable)'], {});
  const which = await runProcess(command, ['-c', 'import shutil; print(shutil.which("git"))'], {});
  return { uv: join(dirname(interpreter), 'uv'), python: stdout.trim(), git: which.stdout.trim() };
}

/**
 * A Python project in its own folder, so that it does not use the cache or the lock of another test. Changes the working directory
 * to this folder, and PATH to a folder with Python, and with uv if the project uses it.
 */
export class PythonProject {
  /** Creates a project and finds the tools that install its packages. */
  public static async create(): Promise<PythonProject> {
    found ??= findTools();
    return new PythonProject(await found);
  }

  public readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'katamari-python-test-')));
  private readonly before = { directory: process.cwd(), path: process.env.PATH };

  private constructor({ uv, python, git }: FoundTools) {
    this.write({ 'project/package.json': '{}', 'project/node_modules/.keep': '' });
    for (const tool of [...TOOLS, 'none']) {
      mkdirSync(this.path('..', `bin-${tool}`));
      if (tool !== 'none') {
        symlinkSync(python, this.path('..', `bin-${tool}`, 'python3'));
        symlinkSync(git, this.path('..', `bin-${tool}`, 'git'));
      }
    }
    symlinkSync(uv, this.path('..', 'bin-uv', 'uv'));
    process.chdir(this.path());
    this.use('uv');
  }

  /** Makes only this tool available for installing packages. */
  public use(tool: Tool): void {
    process.env.PATH = this.path('..', `bin-${tool}`);
  }

  public path(...names: string[]): string {
    return join(this.directory, 'project', ...names);
  }

  /** Writes files. The keys are paths within the project. */
  public write(files: Readonly<Record<string, string | Uint8Array>>): void {
    for (const [name, content] of Object.entries(files)) {
      const path = name.startsWith('project/') ? join(this.directory, name) : this.path(name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
  }

  /** Writes a wheel into a folder. */
  public wheel(
    { name, version = '1.0', tag = 'py3-none-any', innerTag, files, requires = [], requiresPython }: WheelOptions,
    folder = 'wheels',
  ): void {
    const info = `${name}-${version}.dist-info`;
    const metadata = [
      ...['Metadata-Version: 2.1', `Name: ${name}`, `Version: ${version}`],
      ...requires.map((requirement) => `Requires-Dist: ${requirement}`),
      ...(requiresPython ? [`Requires-Python: ${requiresPython}`] : []),
    ];
    const content: Record<string, string | Uint8Array> = {
      [`${name}/__init__.py`]: `VERSION = '${version}'\n`,
      ...files,
      [`${info}/METADATA`]: `${metadata.join('\n')}\n\n`,
      [`${info}/WHEEL`]: `Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: ${innerTag ?? tag}\n`,
    };
    const bytes = Object.entries(content).map(([path, text]) => [path, typeof text === 'string' ? strToU8(text) : text] as const);
    const record = bytes.map(
      ([path, data]) => `"${path}",sha256=${createHash('sha256').update(data).digest('base64url')},${data.length}`,
    );
    const all = [...bytes, [`${info}/RECORD`, strToU8([...record, `${info}/RECORD,,`, ''].join('\n'))] as const];
    this.write({ [`${folder}/${name}-${version}-${tag}.whl`]: zipSync(Object.fromEntries(all)) });
  }

  /**
   * Writes the folder of a local package, which a small backend of its own builds without a network.
   *
   * @param folder path within the project
   */
  public localPackage(folder: string, { name, requires = [], tag = 'py3-none-any' }: WheelOptions): void {
    const module = name.replaceAll('-', '_');
    this.write({
      [`${folder}/pyproject.toml`]: [
        ...['[project]', `name = "${name}"`, 'version = "1.0"', 'requires-python = ">=3.10"'],
        `dependencies = ${JSON.stringify(requires)}`,
        ...['[build-system]', 'requires = []', 'build-backend = "backend"', 'backend-path = ["."]', ''],
      ].join('\n'),
      [`${folder}/src/${module}/__init__.py`]: `PLACE = '${folder}'\n`,
      [`${folder}/backend.py`]: readFileSync(join(__dirname, '..', 'fixtures', 'python-backend', 'backend.py'), 'utf8').replace(
        'py3-none-any',
        tag,
      ),
    });
  }

  /** Makes a folder a repository with one commit, and returns its hash. */
  public commit(folder: string): string {
    const git = (...args: string[]) =>
      execFileSync('git', args, { cwd: this.path(folder), encoding: 'utf8', stdio: 'pipe', env: { ...process.env } });
    git('init', '--quiet');
    git('add', '.');
    git('-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'commit.gpgsign=false', 'commit', '--quiet', '-m', 'x');
    return git('rev-parse', 'HEAD').trim();
  }

  /** Writes a requirements file that installs only from the folder `wheels`. */
  public requirements(file: string, ...lines: string[]): void {
    const wheels = file.includes('/') ? '../wheels' : 'wheels';
    this.write({ [file]: ['--no-index', `--find-links ${wheels}`, ...lines, ''].join('\n'), 'wheels/.keep': '' });
  }

  public stack(context: Record<string, unknown> = {}): Stack {
    return new Stack(new App({ context }), 'Stack');
  }

  /** Deletes everything that is kept between synths, except the lock. */
  public wipeCache(): void {
    rmSync(this.path('node_modules', '.cache'), { recursive: true, force: true });
  }

  public remove(): void {
    process.chdir(this.before.directory);
    process.env.PATH = this.before.path;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Synthesizes a stack and returns its assets that are folders or zips. */
export function fileAssets(stack: Stack): { readonly hash: string; readonly path: string }[] {
  const app = stack.node.root as App;
  app.synth();
  const { files }: { files: Record<string, { source: { path: string } }> } = JSON.parse(
    readFileSync(join(app.outdir, `${stack.artifactId}.assets.json`), 'utf8'),
  );
  return Object.entries(files)
    .filter(([, { source }]) => source.path.startsWith('asset.'))
    .map(([hash, { source }]) => ({ hash, path: join(app.outdir, source.path) }));
}

/** Lists all files below a folder as sorted relative paths. */
export function listFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}
