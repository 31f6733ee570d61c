/** Where a test deploys. */
export type TestTarget = 'local' | 'aws';

/** How an app is deployed for a test. */
export interface DeployForTestOptions {
  /**
   * `local`: into a MiniStack of the test's own. `aws`: into the account of the credentials that the SDK finds.
   *
   * @default - the environment variable KATAMARI_TEST_TARGET, else 'local': credentials alone never lead to AWS
   */
  readonly target?: TestTarget;

  /**
   * Folder of the app: its cdk.json has the context, and its own aws-cdk is used.
   *
   * @default - the working directory
   */
  readonly directory?: string;

  /**
   * Context values, on top of those of cdk.json. Of an app that is made already it has its own.
   *
   * @default - those of cdk.json
   */
  readonly context?: Readonly<Record<string, unknown>>;

  /**
   * Called with each line that the CDK and MiniStack write.
   *
   * @default - they are not shown; what goes wrong is in the error
   */
  readonly log?: (line: string) => void;
}
