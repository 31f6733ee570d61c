import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { type BundleOptions, Source } from '../../lib';

/** The result of binding a source to a function and synthesizing it. */
export interface BoundSource {
  readonly directory: string;
  readonly hash: string;
  readonly handler: string;
}

export interface BindOptions {
  readonly wrapHandler?: boolean;
  readonly runtime?: lambda.Runtime;
  readonly context?: Record<string, unknown>;
}

/** Synthesizes a stack with one function that uses the source. */
export function bindSource(source: Source, options: BindOptions = {}): BoundSource {
  const app = new App({ context: options.context });
  const stack = new Stack(app, 'Stack');
  const runtime = options.runtime ?? lambda.Runtime.NODEJS_24_X;
  const config = source.bind(stack, {
    runtime,
    architecture: lambda.Architecture.ARM_64,
    wrapHandler: options.wrapHandler ?? false,
  });
  // Use a current runtime, because the CDK prints a long warning for deprecated ones.
  new lambda.Function(stack, 'Function', { code: config.code, handler: config.handler, runtime: lambda.Runtime.NODEJS_24_X });
  app.synth();
  const manifest: { files: Record<string, { source: { path: string } }> } = JSON.parse(
    readFileSync(join(app.outdir, 'Stack.assets.json'), 'utf8'),
  );
  const [hash, file] = Object.entries(manifest.files).find(([, { source: asset }]) => asset.path.startsWith('asset.')) ?? [];
  if (!hash || !file) throw new Error('the stack has no function asset');
  return { directory: join(app.outdir, file.source.path), hash, handler: config.handler };
}

/** Loads a bundle and invokes its handler. */
export async function invokeBound(bound: BoundSource, event?: unknown): Promise<unknown> {
  const [file] = bound.handler.split('.');
  const { handler } = require(join(bound.directory, `${file}.js`));
  return handler(event, { awsRequestId: 'r', getRemainingTimeInMillis: () => 1000 });
}

/** A project in its own folder, so that it does not use the cached bundles of another test. */
export class SourceProject {
  public readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'katamari-source-')));

  /** @param folders folders of test/fixtures to copy into the project */
  public constructor(...folders: string[]) {
    this.write({ 'package.json': '{}' });
    mkdirSync(this.path('node_modules'));
    for (const folder of folders) cpSync(join(__dirname, '..', 'fixtures', folder), this.path(folder), { recursive: true });
  }

  public path(...names: string[]): string {
    return join(this.directory, ...names);
  }

  /** Writes files. The keys are paths within the project. */
  public write(files: Readonly<Record<string, string>>): void {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(this.path(name)), { recursive: true });
      writeFileSync(this.path(name), content);
    }
  }

  public typescript(entry: string, options?: BundleOptions): Source {
    return Source.typescript(this.path(entry), options);
  }

  /** Bundles an entry and returns the deployed code. */
  public code(entry: string, { wrapHandler, runtime, context, ...options }: BundleOptions & BindOptions = {}): string {
    const { directory } = bindSource(this.typescript(entry, options), { wrapHandler, runtime, context });
    return readFileSync(join(directory, 'index.js'), 'utf8');
  }

  /** Returns the paths of the manifests of all bundles. */
  public manifests(): string[] {
    const cache = this.path('node_modules', '.cache', 'cdk-katamari', 'bundle-manifests');
    return readdirSync(cache, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('manifest.json'))
      .map((name) => join(cache, name));
  }

  public remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}
