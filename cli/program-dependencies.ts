import type { Input } from './shared/ask';
import type { Output } from './shared/output';

/** What the command needs of the process that it runs in. */
export interface ProgramDependencies {
  readonly output: Output;
  /** Where the answers of a person come from. */
  readonly input: Input;
  readonly directory: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Called with the exit code of a command that failed without an error. */
  readonly fail: (exitCode: number) => void;
}
