import type { Input } from './shared/confirm';
import type { Output } from './shared/output';

/** Dependencies of the `katamari` command that its process provides. */
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
