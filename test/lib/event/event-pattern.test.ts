import { App, Stack } from 'aws-cdk-lib';
import { eventNamePattern } from '../../../lib/event/event-pattern';
import { requireEventNames } from '../../../lib/event/event-rule';

const stack = new Stack(new App(), 'Stack');
const pattern = (...names: string[]) => stack.resolve(eventNamePattern(names));
const check = (...names: string[]) => requireEventNames(stack, names);

test.each([
  [['order.created'], { detailType: ['order.created'] }],
  [['a', 'b'], { detailType: ['a', 'b'] }],
  [['order.*'], { detailType: [{ wildcard: 'order.*' }] }],
  [['a', 'order.*'], { detailType: ['a', { wildcard: 'order.*' }] }],
  [['*'], { detailType: [{ exists: true }] }],
  [['a', '*'], { detailType: [{ exists: true }] }],
  [['C:\\*'], { detailType: [{ wildcard: 'C:\\\\*' }] }],
])('%j becomes %j', (names, expected) => {
  expect(pattern(...names)).toEqual(expected);
});

test.each(['x', 'x'.repeat(128)])('a name of 1 to 128 characters is taken', (name) => {
  check(name);
  expect(pattern(name)).toEqual({ detailType: [name] });
});

test.each(['', 'x'.repeat(129)])('a name of another length is rejected: %j', (name) => {
  expect(() => check(name)).toThrow(new Error(`event name must have 1 to 128 characters, got: '${name}' (at Stack)`));
});

test('EventBridge rejects consecutive wildcards, so synth does', () => {
  expect(() => check('order.**')).toThrow("event name must not contain '**', got: 'order.**'; use one '*'");
});
