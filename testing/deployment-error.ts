import { CommandError } from '../engine/errors';
import { TestDeploymentError } from './errors';

/**
 * An error of the engine in one message: a test shows nothing else of it. Any other error is as it is, unless there is more
 * to say.
 */
export function deploymentError(error: unknown, more?: string): unknown {
  if (!(error instanceof CommandError) && more === undefined) return error;
  const { message, hint } = error as Partial<CommandError>;
  return new TestDeploymentError([message, hint, more].filter(Boolean).join('\n'), { cause: error });
}
