/** A client of AWS SDK v3, of any version: what it has in common with a test's double. */
export interface SdkClient {
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's own types would tie a user to the version this package was built with
  send(command: any, options?: any): Promise<any>;
}
