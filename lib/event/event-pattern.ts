import * as events from 'aws-cdk-lib/aws-events';
import type { IConstruct } from 'constructs';
import { EVENT_NAME_MAX_LENGTH } from '../limits/constants';
import { formatValue, ValidationError } from '../private/errors';

/**
 * Event pattern that matches a list of names, in which `*` stands for any characters.
 *
 * @internal
 */
export function eventNamePattern(names: readonly string[]): events.EventPattern {
  if (names.includes('*')) return { detailType: events.Match.exists() };
  const matchers = names.map((name) => (name.includes('*') ? events.Match.wildcard(name.replaceAll('\\', '\\\\')) : name));
  return { detailType: events.Match.anyOf(...matchers) };
}

/**
 * Refuses names of events that EventBridge does not accept in a pattern.
 *
 * @internal
 */
export function requireEventNames(scope: IConstruct, names: readonly string[]): void {
  for (const name of names) requireEventName(scope, name);
}

function requireEventName(scope: IConstruct, name: string): void {
  if (name.length < 1 || name.length > EVENT_NAME_MAX_LENGTH) {
    throw new ValidationError(`event name must have 1 to ${EVENT_NAME_MAX_LENGTH} characters, got: ${formatValue(name)}`, scope);
  }
  // EventBridge refuses consecutive wildcards.
  if (name.includes('**')) {
    throw new ValidationError(`event name must not contain '**', got: ${formatValue(name)}; use one '*'`, scope);
  }
}
