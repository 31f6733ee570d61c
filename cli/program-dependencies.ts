import type { Input } from './shared/confirm';
import type { Output } from './shared/output';

/** What the `katamari` command takes from its process. */
export interface ProgramDependencies {
  readonly output: Output;
  readonly input: Input;
  /** Working directory. */
  readonly directory: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Called with the exit code when a command fails without an error. */
  readonly fail: (exitCode: number) => void;
}
