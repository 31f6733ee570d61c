import type * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { ENV_EVENT_BUS } from './constants';

/** An event bus and the permission to publish on it, as a function group has them. */
interface EventPublisher {
  readonly eventBus: events.IEventBus;
  grantEmit(grantee: iam.IGrantable): iam.Grant;
}

/**
 * Lets a function publish events: sets the environment variable and grants the permission.
 *
 * @param grantee principal of the function that gets the permission; by default its role
 *
 * @internal
 */
export function addEventBus(fn: lambda.Function, publisher: EventPublisher, grantee: iam.IGrantable = fn): iam.Grant {
  fn.addEnvironment(ENV_EVENT_BUS, publisher.eventBus.eventBusName);
  return publisher.grantEmit(grantee);
}
