import type { Input } from './ask';
import type { Output } from './output';
import type { Target } from './target';

/** What every command that works on something deployed gets. */
export interface CommandContext {
  readonly target: Target;
  readonly output: Output;
}

/** Options that these commands share. */
export interface CommonOptions {
  readonly group?: string;
  readonly json?: boolean;
}

/** What a command gets that a person may answer. */
export interface PersonContext extends CommandContext {
  readonly input: Input;
  /** Aborted by Ctrl-C. */
  readonly signal?: AbortSignal;
}
