import { Annotations, Stack, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { EVENT_NAME_MAX_LENGTH } from '../limits/constants';

import { formatValue, readable, ValidationError } from '../private/errors';
import { DELIVERY_KEY } from '../runs/constants';

import { eventNamePattern } from './event-pattern';

/** How often and how long EventBridge tries to deliver an event to Lambda before it sends it to the dead-letter queue. */
const DELIVERY = { maximumRetryAttempts: 10, maximumEventAgeInSeconds: 3600 };

interface EventRuleOptions {
  /** Name of the function, for the warning. */
  readonly functionName: string;
  /** Names of the events, with `*` for any characters. */
  readonly names: readonly string[];
  readonly eventBus: events.IEventBus;
  readonly deadLetterQueue: sqs.IQueue;
  /** Role that EventBridge assumes to invoke the function. */
  readonly role: iam.IRole;
  /** Whether the runs of the function are tracked. */
  readonly tracked: boolean;
}

/**
 * Delivers the whole event in the envelope by which the run tracker knows a delivery.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html#eb-transform-input-predefined
 */
const ENVELOPE_INPUT: events.RuleTargetInput = {
  // EventBridge replaces the variable, without quotes around it, by the JSON of the event.
  bind: () => ({ inputTemplate: `{"${DELIVERY_KEY}":"event","event":<aws.events.event.json>}`, inputPathsMap: {} }),
};

/**
 * Runs a function on events of a bus. Events that cannot be delivered go to the dead-letter queue.
 *
 * @internal
 */
export function runOnEvents(fn: lambda.Function, options: EventRuleOptions): void {
  const { functionName, names, eventBus, deadLetterQueue, tracked } = options;
  if (names.includes('*') && eventBus.eventBusName === 'default') {
    Annotations.of(fn).addWarningV2(
      'cdk-katamari:everyEventOfTheAccount',
      `'${readable(functionName)}' runs on '*' of the default bus, which carries the events of every AWS service in the account`,
    );
  }
  // The policy of this key cannot be changed, and does not let EventBridge in.
  if (deadLetterQueue.encryptionType === sqs.QueueEncryption.KMS_MANAGED) {
    throw new ValidationError(
      `'on' of '${functionName}' requires a dead-letter queue that EventBridge can send to, got: ${formatValue(deadLetterQueue.node.path)}, which AWS encrypts with its own KMS key; use QueueEncryption.SQS_MANAGED, or QueueEncryption.KMS with a key of your own`,
      fn,
    );
  }
  const rule = new events.Rule(fn, 'Events', { eventBus, eventPattern: eventNamePattern(names) });
  // For a function of another stack, the two stacks would depend on each other.
  const role = Stack.of(options.role) === Stack.of(fn) ? options.role : undefined;
  if (role) {
    iam.Grant.addToPrincipal({ grantee: role, actions: ['lambda:InvokeFunction'], resourceArns: [fn.functionArn] });
  } else {
    fn.addPermission('RunOnEvent', {
      principal: new iam.ServicePrincipal('events.amazonaws.com'),
      sourceArn: rule.ruleArn,
    });
  }
  // The CDK's own target would add a statement for each rule to the policy of the dead-letter queue.
  rule.addTarget({
    bind: () => ({
      arn: fn.functionArn,
      role,
      input: tracked ? ENVELOPE_INPUT : undefined,
      retryPolicy: DELIVERY,
      deadLetterConfig: { arn: deadLetterQueue.queueArn },
      targetResource: fn,
    }),
  });
}

/**
 * Refuses names of events that EventBridge does not accept in a pattern.
 *
 * @internal
 */
export function requireEventNames(scope: IConstruct, names: readonly string[]): void {
  // A list that only the deploy knows has one element of text, which is no name.
  if (Token.isUnresolved(names)) {
    throw new ValidationError("'on' must be a list that is known at synth, got: a token; its elements may be tokens", scope);
  }
  for (const name of names) requireEventName(scope, name);
}

function requireEventName(scope: IConstruct, name: string): void {
  if (name.length < 1 || (name.length > EVENT_NAME_MAX_LENGTH && !Token.isUnresolved(name))) {
    throw new ValidationError(`event name must have 1 to ${EVENT_NAME_MAX_LENGTH} characters, got: ${formatValue(name)}`, scope);
  }
  // EventBridge refuses consecutive wildcards.
  if (name.includes('**')) {
    throw new ValidationError(`event name must not contain '**', got: ${formatValue(name)}; use one '*'`, scope);
  }
}
