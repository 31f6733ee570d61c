import { type RetryOptions, retry } from '../../../../lambda/shared/retry/retry';

class Passing extends Error {}

/** Fails as often as said, then gives the number of the attempt. */
function failing(times: number, error: unknown = new Passing('busy')) {
  return jest.fn(async (attempt: number) => {
    if (attempt <= times) throw error;
    return attempt;
  });
}

const options = (more: Partial<RetryOptions> = {}): RetryOptions => ({
  attempts: 4,
  firstDelayMs: 100,
  isRetryable: (error) => error instanceof Passing,
  random: () => 0,
  ...more,
});

test.each([
  [0, 1],
  [1, 2],
  [3, 4],
])('work that fails %d times is attempted %d times', async (failures, attempts) => {
  const work = failing(failures);
  expect(await retry(work, options())).toBe(attempts);
  expect(work.mock.calls).toEqual(Array.from({ length: attempts }, (_, index) => [index + 1]));
});

test('the error of the last attempt is thrown', async () => {
  const error = new Passing('still busy');
  const work = failing(9, error);
  await expect(retry(work, options())).rejects.toBe(error);
  expect(work).toHaveBeenCalledTimes(4);
});

test('one attempt means no retry', async () => {
  const work = failing(1);
  await expect(retry(work, options({ attempts: 1 }))).rejects.toThrow('busy');
  expect(work).toHaveBeenCalledTimes(1);
});

test('an infinite number of attempts goes on until the work succeeds', async () => {
  expect(await retry(failing(30), options({ attempts: Number.POSITIVE_INFINITY, maxDelayMs: 1 }))).toBe(31);
});

test('an error that is not retryable is thrown at once', async () => {
  const work = failing(1, new Error('wrong'));
  await expect(retry(work, options())).rejects.toThrow('wrong');
  expect(work).toHaveBeenCalledTimes(1);
});

test('each retry is reported with the error and the attempt that failed', async () => {
  const errors = [new Passing('first'), new Passing('second')];
  const onRetry = jest.fn();
  const work = async (attempt: number) => {
    const error = errors[attempt - 1];
    if (error) throw error;
  };
  await retry(work, options({ onRetry }));
  expect(onRetry.mock.calls).toEqual([
    [errors[0], 1],
    [errors[1], 2],
  ]);
});

describe('delays', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** The delays between attempts, in milliseconds. */
  async function delays(failures: number, more: Partial<RetryOptions>): Promise<number[]> {
    const times: number[] = [];
    const work = failing(failures);
    const done = retry((attempt) => {
      times.push(Date.now());
      return work(attempt);
    }, options(more));
    await jest.advanceTimersByTimeAsync(10_000);
    await done;
    return times.slice(1).map((time, index) => time - (times[index] ?? 0));
  }

  test('double with each attempt', async () => {
    expect(await delays(3, { random: () => 1 })).toEqual([100, 200, 400]);
  });

  test('are shortened by jitter', async () => {
    expect(await delays(3, { random: () => 0.5 })).toEqual([50, 100, 200]);
  });

  test('have an upper limit', async () => {
    expect(await delays(3, { random: () => 1, maxDelayMs: 150 })).toEqual([100, 150, 150]);
  });

  test('end with the signal, and leave no timer behind', async () => {
    const controller = new AbortController();
    const work = failing(9);
    const result = retry(work, options({ random: () => 1, signal: controller.signal }));
    result.catch(() => undefined);
    await jest.advanceTimersByTimeAsync(50);
    controller.abort(new Error('over'));
    await expect(result).rejects.toThrow('over');
    expect(work).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
  });
});

test('work that hangs ends with the signal, and is not attempted again', async () => {
  const controller = new AbortController();
  const work = jest.fn(() => new Promise<never>(() => undefined));
  const result = retry(work, options({ signal: controller.signal, isRetryable: () => true }));
  controller.abort(new Error('over'));
  await expect(result).rejects.toThrow('over');
  expect(work).toHaveBeenCalledTimes(1);
});

test('a signal that is already aborted prevents all attempts', async () => {
  const work = failing(0);
  await expect(retry(work, options({ signal: AbortSignal.abort(new Error('over')) }))).rejects.toThrow('over');
  expect(work).not.toHaveBeenCalled();
});
