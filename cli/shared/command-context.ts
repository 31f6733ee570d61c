import type { Input } from './confirm';
import type { Output } from './output';
import type { Target } from './target';

/** Dependencies of a command that acts on the app. */
export interface AppContext {
  readonly output: Output;
  /** Folder of the app. */
  readonly directory: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Dependencies of a command that acts on deployed resources. */
export interface CommandContext {
  readonly target: Target;
  readonly output: Output;
  /** Aborted by Ctrl-C. */
  readonly signal?: AbortSignal;
}

/** Dependencies of a command that prompts the user. */
export interface InteractiveContext extends CommandContext {
  readonly input: Input;
}

/** Options of every command on functions. */
export interface CommonOptions {
  readonly group?: string;
  readonly json?: boolean;
}

/** Options of every command on one function. */
export interface FunctionOptions extends CommonOptions {
  /** Name within the group, or deployed name, or ARN. */
  readonly name: string;
}
