import { Stack } from 'aws-cdk-lib';
import { Overlap, type OverlapConfig } from '../../../lib';

const bind = (overlap: Overlap, runsTracked = true, stack = new Stack()): OverlapConfig =>
  overlap.bind(stack, { functionName: 'Orders', runsTracked });

test.each([1, 2, 100])('skip and queue take %p', (limit) => {
  expect(bind(Overlap.skip(limit))).toEqual({ skipLimit: limit });
  expect(bind(Overlap.queue(limit))).toEqual({ reservedConcurrency: limit });
});

test.each([0, 101, 1.5, -1, Number.NaN])('skip and queue reject %p', (limit) => {
  const message = `overlap limit must be a whole number between 1 and 100, got: ${limit}`;
  expect(() => Overlap.skip(limit)).toThrow(new Error(message));
  expect(() => Overlap.queue(limit)).toThrow(new Error(message));
});

test('the default limit is 1', () => {
  expect(bind(Overlap.skip())).toEqual({ skipLimit: 1 });
  expect(bind(Overlap.queue())).toEqual({ reservedConcurrency: 1 });
});

test('allow limits nothing', () => {
  expect(bind(Overlap.allow())).toEqual({});
});

test('the default of a schedule skips scheduled runs only', () => {
  expect(bind(Overlap._scheduleDefault())).toEqual({ skipLimit: 1, scheduledRunsOnly: true });
});

describe('without run tracking', () => {
  test('skip is rejected', () => {
    expect(() => bind(Overlap.skip(), false)).toThrow(/^Overlap\.skip requires run tracking/);
  });

  test('queue and allow stay as they are', () => {
    expect(bind(Overlap.queue(2), false)).toEqual({ reservedConcurrency: 2 });
    expect(bind(Overlap.allow(), false)).toEqual({});
  });

  test('the default of a schedule allows overlap, with a warning', () => {
    const stack = new Stack();
    expect(bind(Overlap._scheduleDefault(), false, stack)).toEqual({});
    expect(stack.node.metadata.filter(({ type }) => type === 'aws:cdk:warning')).toMatchObject([
      { data: expect.stringContaining("the runs of 'Orders' are not tracked, so they may overlap") },
    ]);
  });
});
