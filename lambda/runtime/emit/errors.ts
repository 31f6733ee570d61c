import { KatamariError } from '../../shared/errors';

/** An entry that EventBridge refused. */
export interface RefusedEvent {
  readonly name: string;
  readonly data: unknown;
  /** EventBridge's error code, such as `ThrottlingException`. */
  readonly code: string;
  readonly message: string;
}

/** Some events were not published. The others were: publish `refused` again, not all of them. */
export class EmitError extends KatamariError {
  public constructor(
    message: string,
    /** The events that were not published. */
    public readonly refused: readonly RefusedEvent[],
    options?: ErrorOptions,
  ) {
    super(message, options);
    // Written out: the class names of a minified bundle say nothing.
    this.name = 'EmitError';
  }
}

/** An event that can't be published as it is. Nothing of its call was published. */
export class InvalidEventError extends KatamariError {
  public constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InvalidEventError';
  }
}
