import { CommandError } from '../engine/errors';

/** A deployment for a test that did not come about, or could not be cleaned up. The message says what to do. */
export class TestDeploymentError extends Error {
  public constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TestDeploymentError';
  }

  /**
   * An error of the engine in one message: a test shows nothing else of it. Any other error is as it is, unless there is more
   * to say.
   *
   * @internal
   */
  public static from(error: unknown, more?: string): unknown {
    if (!(error instanceof CommandError) && more === undefined) return error;
    const { message, hint } = error as Partial<CommandError>;
    return new TestDeploymentError([message, hint, more].filter(Boolean).join('\n'), { cause: error });
  }
}
