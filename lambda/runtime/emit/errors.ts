import { KatamariError } from '../../shared/errors';

/** An event that EventBridge refused. */
export interface RefusedEvent {
  readonly name: string;
  readonly data: unknown;
  /** Error code of EventBridge, such as `ThrottlingException`. */
  readonly code: string;
  readonly message: string;
}

/** Some events were not published. To try again, publish only `refused`: the others were published. */
export class EmitError extends KatamariError {
  public constructor(
    message: string,
    /** The events that were not published. */
    public readonly refused: readonly RefusedEvent[],
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    // Set explicitly: minification changes class names.
    this.name = 'EmitError';
  }
}

/** An event is invalid. No event of the call was published. */
export class InvalidEventError extends KatamariError {
  public constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'InvalidEventError';
  }
}
