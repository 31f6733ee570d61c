// Names that the constructs, the debug shell and the command line share. No import of aws-cdk-lib here.

/** Environment variable with the ARN of the secret that opens the debug shell of a function. */
export const ENV_SHELL_SECRET_ARN = 'KATAMARI_SHELL_SECRET_ARN';

/** Key of an event for the debug shell. Such an event has no other key and does not reach the handler. */
export const SHELL_EVENT_KEY = 'katamari:shell';

/** Language that a debug shell runs. */
export type ShellLanguage = 'javascript' | 'python';

/** Response of the debug shell. */
export interface ShellAnswer {
  /** Value of the last expression; null when it cannot be written as JSON. */
  readonly result: unknown;
  /** The same value as text in the syntax of the language; null when there is none or the code failed. */
  readonly repr: string | null;
  /** Text that the code printed. */
  readonly stdout: string;
  /** Error that the code threw, or null. */
  readonly error: { readonly type: string; readonly message: string; readonly stack: string } | null;
}
