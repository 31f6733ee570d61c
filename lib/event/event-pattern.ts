import * as events from 'aws-cdk-lib/aws-events';
import type { IConstruct } from 'constructs';
import { formatValue, ValidationError } from '../private/errors';
import { EVENT_NAME_MAX_LENGTH } from './constants';

/**
 * Event pattern that matches a list of names, in which `*` stands for any characters.
 *
 * @internal
 */
export function eventNamePattern(names: readonly string[], scope: IConstruct): events.EventPattern {
  for (const name of names) validateEventName(name, scope);
  if (names.includes('*')) return { detailType: events.Match.exists() };
  const matchers = names.map((name) => (name.includes('*') ? events.Match.wildcard(name.replaceAll('\\', '\\\\')) : name));
  return { detailType: events.Match.anyOf(...matchers) };
}

function validateEventName(name: string, scope: IConstruct): void {
  if (name.length < 1 || name.length > EVENT_NAME_MAX_LENGTH) {
    throw new ValidationError(
      `the name of an event must have 1 to ${EVENT_NAME_MAX_LENGTH} characters, got: ${formatValue(name)}`,
      scope,
    );
  }
  // EventBridge refuses consecutive wildcards.
  if (name.includes('**')) {
    throw new ValidationError(`the name of an event must not contain '**', got: ${formatValue(name)}; use one '*'`, scope);
  }
}
