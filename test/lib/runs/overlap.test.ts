import { Overlap } from '../../../lib';

test.each([1, 2, 100])('skip and queue take %p', (limit) => {
  expect(Overlap.skip(limit)).toMatchObject({ skipLimit: limit, reservedConcurrency: undefined });
  expect(Overlap.queue(limit)).toMatchObject({ skipLimit: undefined, reservedConcurrency: limit });
});

test.each([0, 101, 1.5, -1, Number.NaN])('skip and queue refuse %p', (limit) => {
  const message = `overlap limit must be a whole number between 1 and 100, got: ${limit}`;
  expect(() => Overlap.skip(limit)).toThrow(new Error(message));
  expect(() => Overlap.queue(limit)).toThrow(new Error(message));
});

test('the default limit is 1', () => {
  expect(Overlap.skip().skipLimit).toBe(1);
  expect(Overlap.queue().reservedConcurrency).toBe(1);
});

test('allow limits nothing', () => {
  expect(Overlap.allow()).toMatchObject({ skipLimit: undefined, reservedConcurrency: undefined });
});
