import { CommandError } from '../engine/errors';
import { TestDeploymentError } from './errors';

/**
 * Puts the message and hint of an engine error into one message, since a test shows nothing else. Other errors are returned
 * unchanged, unless there is more to say.
 */
export function deploymentError(error: unknown, more?: string): unknown {
  if (!(error instanceof CommandError) && more === undefined) return error;
  const { message, hint } = error as Partial<CommandError>;
  return new TestDeploymentError([message, hint, more].filter(Boolean).join('\n'), { cause: error });
}
