import { App, Stack, Token } from 'aws-cdk-lib';
import { formatValue, requireIntegerBetween, ValidationError } from '../../../lib/private/errors';

test('a message ends with the path of the construct, if there is one', () => {
  const stack = new Stack(new App(), 'Stack');
  expect(new ValidationError('wrong', stack).message).toBe('wrong (at Stack)');
  expect(new ValidationError('wrong', stack.node.root).message).toBe('wrong');
  expect(new ValidationError('wrong').message).toBe('wrong');
});

test.each([
  ['text', "'text'"],
  [5, '5'],
  [undefined, 'undefined'],
  [false, 'false'],
  [null, 'null'],
  [5n, '5'],
  [['a', 1], '["a",1]'],
  [{ a: { b: 1 } }, '{"a":{"b":1}}'],
  [{ a: 5n }, '{"a":"5"}'],
  [new Error('wrong'), 'Error: wrong'],
])('%p is formatted as %s', (value, expected) => {
  expect(formatValue(value)).toBe(expected);
});

test('a circular value is formatted as Node.js prints it', () => {
  const circular: { self?: unknown } = {};
  circular.self = circular;
  expect(formatValue(circular)).toBe('<ref *1> { self: [Circular *1] }');
});

test.each([1, 5, undefined, Token.asNumber({ Ref: 'Parameter' })])('%p passes between 1 and 5', (value) => {
  expect(() => requireIntegerBetween('size', value, 1, 5)).not.toThrow();
});

test.each([0, 6, 1.5, Number.NaN])('%p is rejected for the range from 1 to 5', (value) => {
  expect(() => requireIntegerBetween('size', value, 1, 5)).toThrow(
    new ValidationError(`size must be a whole number between 1 and 5, got: ${value}`),
  );
});
