import { resolve } from 'node:path';
import { LocalRun } from '../local/local-run';
import type { AppContext } from '../shared/command-context';

interface LocalOptions {
  /** Port of MiniStack. @default - a free one */
  readonly port?: number;
  /** Folder to serve. @default - the context value `katamari:serve` of cdk.json */
  readonly serve?: string;
  /** Origins whose pages may send requests, in addition to those of this machine. @default - none */
  readonly allowOrigin?: readonly string[];
  /** Whether MiniStack enforces IAM policies. */
  readonly iam?: boolean;
  /** Whether a change of resources makes all stacks anew. */
  readonly reset?: boolean;
  readonly watch: boolean;
  readonly follow: boolean;
  /** Whether to show the output of the CDK and MiniStack. */
  readonly verbose?: boolean;
}

/** Runs the app on this machine until Ctrl-C. */
export async function runLocally(context: AppContext, { serve, ...options }: LocalOptions): Promise<void> {
  await new LocalRun({ ...options, ...context, serve: serve && resolve(context.directory, serve) }).run();
}
