// What the constructs, the debug shell and the command line agree on. No import of aws-cdk-lib here.

/** Environment variable with the ARN of the secret that opens the debug shell of a function. */
export const ENV_SHELL_SECRET_ARN = 'KATAMARI_SHELL_SECRET_ARN';

/** The one key of an event that is for the debug shell, and not for the handler. */
export const SHELL_EVENT_KEY = 'katamari:shell';

/** A language that a debug shell runs. */
export type ShellLanguage = 'javascript' | 'python';

/** What is below the key of such an event. */
export interface ShellRequest {
  /** Value of the function's secret. */
  readonly secret: string;
  readonly language: ShellLanguage;
  readonly code: string;
}

/** What the debug shell answers. */
export interface ShellAnswer {
  /** Value of the last expression where it is JSON, else null. */
  readonly result: unknown;
  /** The same value as the language writes it; null where there is none, or the code failed. */
  readonly repr: string | null;
  /** What the code has printed. */
  readonly stdout: string;
  /** What the code has failed with; null where it has not. */
  readonly error: { readonly type: string; readonly message: string; readonly stack: string } | null;
}

/** Most characters of `repr`, of `stdout` and of the JSON of `result`: an answer may have 6 MB. */
export const SHELL_TEXT_MAX_LENGTH = 500_000;
