/** Where a test deploys. */
export type TestTarget = 'local' | 'aws';

/** How an app is deployed for a test. */
export interface DeployForTestOptions {
  /**
   * `local` is a MiniStack of the test's own. `aws` is the AWS account and region of the credentials that the SDK finds.
   *
   * @default - the environment variable KATAMARI_TEST_TARGET, else 'local'. Credentials alone never select AWS.
   */
  readonly target?: TestTarget;

  /**
   * Folder of the app. The test uses the context of its cdk.json, and its aws-cdk.
   *
   * @default - the working directory
   */
  readonly directory?: string;

  /**
   * Context values, in addition to those of cdk.json. Ignored for an existing app, which has a context of its own.
   *
   * @default - the context of cdk.json
   */
  readonly context?: Readonly<Record<string, unknown>>;

  /**
   * Called with each line that the CDK and MiniStack write.
   *
   * @default - the output is not shown; errors have the reason of a failure
   */
  readonly log?: (line: string) => void;

  /**
   * Whether MiniStack enforces the IAM policies of the app, so that a missing grant fails as on AWS: the test gets the error
   * `AccessDeniedException`, which names the action. AWS always enforces them.
   *
   * @default false
   */
  readonly iam?: boolean;
}
