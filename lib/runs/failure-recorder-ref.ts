import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';

/**
 * Records the runs of asynchronous invocations that failed in every attempt, or that Lambda never started, where the run tracker could
 * not.
 */
export interface IFailureRecorder {
  /** Destination of the failed invocations. */
  readonly destination: lambda.IDestination;

  /**
   * Allows a function to send its failed invocations to the destination, and the recorder to read the name of the function.
   *
   * @param grantee principal that gets the permission, instead of the function
   */
  addTo(fn: lambda.IFunction, grantee?: iam.IGrantable): iam.Grant;
}
