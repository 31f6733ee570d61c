import { allOf, anyOf, type Expression, placeholders } from '../../../../lambda/shared/table/expression';

const a: Expression = { text: '#a = :a', names: { '#a': 'a' }, values: { ':a': 1 } };
const b: Expression = { text: 'b = :b', values: { ':b': 2 } };
const c: Expression = { text: 'attribute_not_exists(c)' };

test.each([
  ['one condition', allOf(a), '#a = :a'],
  ['all of three', allOf(a, b, c), '#a = :a AND b = :b AND attribute_not_exists(c)'],
  ['one of three', anyOf(a, b, c), '#a = :a OR b = :b OR attribute_not_exists(c)'],
  ['one of two within all', allOf(a, anyOf(b, c)), '#a = :a AND (b = :b OR attribute_not_exists(c))'],
  ['all of two within one', anyOf(a, allOf(b, c)), '#a = :a OR b = :b AND attribute_not_exists(c)'],
  // DynamoDB rejects redundant parentheses.
  ['an OR that is the only one of its AND', allOf(allOf(anyOf(b, c)), a), '(b = :b OR attribute_not_exists(c)) AND #a = :a'],
  ['one of one within all', allOf(a, anyOf(b)), '#a = :a AND b = :b'],
  ['one of one, which is an OR, within all', allOf(a, anyOf(anyOf(b, c))), '#a = :a AND (b = :b OR attribute_not_exists(c))'],
])('%s', (_name, { text }, expected) => {
  expect(text).toBe(expected);
});

test('names and values of all parts are kept', () => {
  const { names, values } = allOf(a, anyOf(b, c));
  expect([names, values]).toEqual([{ '#a': 'a' }, { ':a': 1, ':b': 2 }]);
});

test('an expression without placeholders has no maps for them, because DynamoDB rejects empty maps', () => {
  expect(placeholders(c, undefined)).toEqual({ names: undefined, values: undefined });
});
