import { App, Stack } from 'aws-cdk-lib';
import { eventNamePattern } from '../../../lib/event/event-pattern';

const stack = new Stack(new App(), 'Stack');
const pattern = (...names: string[]) => stack.resolve(eventNamePattern(names, stack));

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
  expect(pattern(name)).toEqual({ detailType: [name] });
});

test.each(['', 'x'.repeat(129)])('a name of another length is rejected: %j', (name) => {
  expect(() => pattern(name)).toThrow(new Error(`the name of an event must have 1 to 128 characters, got: '${name}' (at Stack)`));
});

test('EventBridge rejects consecutive wildcards, so synth does', () => {
  expect(() => pattern('order.**')).toThrow("the name of an event must not contain '**', got: 'order.**'; use one '*'");
});
