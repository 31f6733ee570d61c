/** A deploy for a test, or its clean-up, failed. The message says what to do. */
export class TestDeploymentError extends Error {
  public constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'TestDeploymentError';
  }
}
