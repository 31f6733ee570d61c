import type { Input } from './confirm';
import type { Output } from './output';
import type { Target } from './target';

/** What a command on the app itself works with. */
export interface AppContext {
  readonly output: Output;
  /** Folder of the app. */
  readonly directory: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What a command on something deployed works with. */
export interface CommandContext {
  readonly target: Target;
  readonly output: Output;
  /** Aborted by Ctrl-C. */
  readonly signal?: AbortSignal;
}

/** What a command works with that asks the person. */
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
