import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { PythonProject, WheelOptions } from './python-project';

/** A package index on a free port of 127.0.0.1, in a process of its own: the tools run while this one waits for them. */
export class PackageIndex {
  /** Starts an index. */
  public static async start(project: PythonProject, folder: string): Promise<PackageIndex> {
    const directory = project.path('..', folder);
    mkdirSync(directory, { recursive: true });
    const args = ['-u', '-m', 'http.server', '0', '--bind', '127.0.0.1', '--directory', directory];
    const server = spawn('python3', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    for await (const line of createInterface({ input: server.stdout })) {
      const port = /port (\d+)/.exec(line)?.[1];
      if (port) return new PackageIndex(project, folder, server, `http://127.0.0.1:${port}/`);
    }
    throw new Error('the package index ended before it listened');
  }

  private constructor(
    private readonly project: PythonProject,
    private readonly folder: string,
    private readonly server: ChildProcess,
    public readonly url: string,
  ) {}

  /** Adds a wheel. */
  public add(options: WheelOptions): void {
    const folder = join('..', this.folder, options.name);
    this.project.wheel(options, folder);
    const files = readdirSync(this.project.path(folder)).filter((name) => name.endsWith('.whl'));
    const links = files.map((name) => `<a href="${name}">${name}</a>`);
    writeFileSync(this.project.path(folder, 'index.html'), `<!DOCTYPE html><html><body>${links.join('')}</body></html>`);
  }

  public async stop(): Promise<void> {
    this.server.kill();
    if (this.server.exitCode === null && this.server.signalCode === null) await once(this.server, 'exit');
  }
}
