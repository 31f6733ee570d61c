import type { AppContext } from '../shared/command-context';

/** Options of `npx cdk-katamari local`. */
export interface LocalOptions {
  /** Port of MiniStack. @default - a free one */
  readonly port?: number;
  /** Folder to serve. @default - the context value `katamari:serve` of cdk.json */
  readonly serve?: string;
  /** Origins whose pages may send requests, in addition to those of this machine. @default - none */
  readonly allowOrigin?: readonly string[];
  /** Whether MiniStack enforces IAM policies. @default false */
  readonly iam?: boolean;
  /** Whether a change of resources makes all stacks anew, instead of updating them in place. @default false */
  readonly reset?: boolean;
  /** Whether to start the next run of each schedule at once. @default false */
  readonly runNow?: boolean;
  readonly watch: boolean;
  readonly follow: boolean;
  /** Whether to show the output of the CDK and MiniStack. */
  readonly verbose?: boolean;
}

/** How a local run works. The signal ends it. */
export interface LocalRunOptions extends LocalOptions, AppContext {}
