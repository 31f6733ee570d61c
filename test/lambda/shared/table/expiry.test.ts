import { expiryAfter, isExpired } from '../../../../lambda/shared/table/expiry';

const NOW = Date.parse('2026-03-01T10:00:00.999Z');

test('the TTL attribute has epoch seconds', () => {
  expect(expiryAfter(2, NOW)).toEqual({ expiresAt: Math.floor(NOW / 1000) + 2 * 86_400 });
});

test.each([
  ['a second before', -1_000, false],
  ['a millisecond before', -1, false],
  ['at that moment', 0, true],
  ['after it', 1, true],
])('an item is expired %s: %d ms, %s', (_name, ms, expired) => {
  const expiresAt = 1_772_359_200;
  expect(isExpired({ expiresAt }, expiresAt * 1000 + ms)).toBe(expired);
});

test('an item without TTL never expires', () => {
  expect(isExpired({}, Number.MAX_SAFE_INTEGER)).toBe(false);
});
