import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Root of this repository. Programs of the benchmark are built two folders below it. */
export const repositoryRoot = join(__dirname, '..', '..');

/** A CDK app of its own in a temporary folder, as a user would have it. */
export class Workspace {
  public readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'katamari-bench-')));

  public constructor() {
    process.once('exit', () => this.dispose());
    this.write('package.json', JSON.stringify({ name: 'bench-app', version: '1.0.0', private: true }));
    this.write('package-lock.json', JSON.stringify({ name: 'bench-app', version: '1.0.0', lockfileVersion: 3, packages: {} }));
    this.write('tsconfig.json', JSON.stringify({ compilerOptions: { target: 'ES2022', module: 'preserve', strict: true } }));
    // Bundled packages are copied, as npm does. Tools are linked, so that both sides run the same ones.
    cpSync(join(repositoryRoot, 'node_modules/zod'), join(this.directory, 'node_modules/zod'), { recursive: true });
    this.link('node_modules/esbuild');
    this.link('node_modules/.bin/esbuild');
    for (const name of ['@aws-sdk', 'aws-cdk-lib', 'constructs']) this.link(`node_modules/${name}`);
    this.link('.', 'node_modules/cdk-katamari');
  }

  /** Writes a file and returns its absolute path. */
  public write(path: string, content: string): string {
    const file = join(this.directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  public remove(path: string): void {
    rmSync(join(this.directory, path), { recursive: true, force: true });
  }

  public dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private link(source: string, path = source): void {
    const target = join(this.directory, path);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(join(repositoryRoot, source), target);
  }
}

/** Runs an action in a workspace, and then removes the workspace. */
export async function withWorkspace<T>(action: (workspace: Workspace) => T | Promise<T>): Promise<T> {
  const workspace = new Workspace();
  try {
    return await action(workspace);
  } finally {
    workspace.dispose();
  }
}
