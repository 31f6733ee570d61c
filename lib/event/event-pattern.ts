import * as events from 'aws-cdk-lib/aws-events';

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
