/** A deployment for a test that did not come about, or could not be cleaned up. The message says what to do. */
export class TestDeploymentError extends Error {
  public constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TestDeploymentError';
  }
}
