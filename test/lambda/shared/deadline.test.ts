import { unlessAborted, withDeadline } from '../../../lambda/shared/deadline';
import type { StartOutcome } from '../../../lambda/tracker/attempt';
import { LeaseContended } from '../../../lambda/tracker/errors';
import { type TrackerDependencies, trackWith } from '../../../lambda/tracker/track';
import { lambdaContext } from '../../../testing';
import { useLogLines } from '../../support/log-lines';

useLogLines();

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

type Store = NonNullable<TrackerDependencies['store']>;

/** Creates a store whose methods never answer, except the given ones. */
function store(more: Partial<Store> = {}): Store {
  const hang = (signal?: AbortSignal) => unlessAborted(new Promise<never>(() => undefined), signal);
  return {
    takesSlot: () => false,
    begin: (_start, signal) => hang(signal),
    finish: (_run, _end, signal) => hang(signal),
    ...more,
  };
}

const begun: StartOutcome = { kind: 'running', attempt: 1 };

function tracked(using: Store, handler: () => Promise<unknown> = async () => 'result', local = false) {
  const called = jest.fn(handler);
  return { called, wrapped: trackWith({ functionName: 'fn', store: using, now: Date.now, local }, called) };
}

describe('a table that never answers', () => {
  test.each([
    ['a third of a short timeout', false, 900, 300],
    ['two thirds of it where a slot is to be found', true, 900, 600],
    ['a third up to 3 s', false, 8_997, 2_999],
    ['two thirds up to 10 s', true, 14_997, 9_998],
    ['3 s of a long timeout', false, 60_000, 3_000],
    ['10 s where a slot is to be found', true, 60_000, 10_000],
    ['15 s in the local engine', false, 60_000, 15_000, true],
    ['a third of a short timeout in the local engine', false, 900, 300, true],
    ['50 s where a slot is to be found in the local engine', true, 90_000, 50_000, true],
  ])('delays the handler by %s', async (_name, takesSlot, timeoutMs, waitMs, local = false) => {
    const using = store({ takesSlot: () => takesSlot, finish: async () => undefined });
    const { called, wrapped } = tracked(using, undefined, local);
    const result = wrapped({}, lambdaContext({ timeoutMs }));
    await jest.advanceTimersByTimeAsync(waitMs - 1);
    expect(called).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(called).toHaveBeenCalledTimes(1);
    expect(await result).toBe('result');
  });

  test.each([
    ['for 2 s of a long timeout', 60_000, 2_000],
    ['for the remaining time of a short one without a margin', 1_000, 950],
    ['for 10 s in the local engine', 60_000, 10_000, true],
  ])('delays the result of the handler %s', async (_name, timeoutMs, waitMs, local = false) => {
    const { wrapped } = tracked(store({ begin: async () => begun }), undefined, local);
    const done = jest.fn();
    void wrapped({}, lambdaContext({ timeoutMs })).then(done);
    await jest.advanceTimersByTimeAsync(waitMs - 1);
    expect(done).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(done).toHaveBeenCalledWith('result');
  });
});

describe('a start that is rejected for contention', () => {
  test.each([
    ['releases a slot that it may have taken', true, 1],
    ['writes nothing where it has taken nothing', false, 0],
  ])('%s', async (_name, unsure, writes) => {
    const finish = jest.fn(async () => undefined);
    const begin = () => Promise.reject(new LeaseContended(unsure, {}));
    const { called, wrapped } = tracked(store({ takesSlot: () => true, begin, finish }));
    await expect(wrapped({}, lambdaContext())).rejects.toMatchObject({
      name: 'Katamari.LeaseContended',
      message: 'too many concurrent starts: could not find out in time whether a slot is free, so the run was not started',
    });
    expect(called).not.toHaveBeenCalled();
    expect(finish).toHaveBeenCalledTimes(writes);
  });
});

test.each([
  ['half a second before a long timeout', 60_000, 59_500],
  ['a tenth of a short one before it', 1_000, 900],
])('a handler that is still running is recorded as Failed %s', async (_name, timeoutMs, moment) => {
  const finish = jest.fn(async () => undefined);
  const { wrapped } = tracked(store({ begin: async () => begun, finish }), () => new Promise(() => undefined));
  void wrapped({}, lambdaContext({ timeoutMs }));
  await jest.advanceTimersByTimeAsync(moment - 1);
  expect(finish).not.toHaveBeenCalled();
  await jest.advanceTimersByTimeAsync(1);
  expect(finish).toHaveBeenCalledWith(
    expect.objectContaining({ attempt: 1 }),
    expect.objectContaining({ state: 'Failed', errorType: 'Sandbox.Timedout' }),
    expect.anything(),
  );
});

test('work that ends in time leaves no timer behind', async () => {
  expect(await withDeadline(1_000, 'the run table', async () => 'done')).toBe('done');
  expect(jest.getTimerCount()).toBe(0);
});

test('the wait for work ends with the signal, even if the work ignores the signal', async () => {
  const over = AbortSignal.abort(new Error('over'));
  await expect(unlessAborted(new Promise(() => undefined), over)).rejects.toThrow('over');
});

describe('work that continues after its deadline', () => {
  const hanging = () => new Promise<never>(() => undefined);

  test('throws an error that names the work', async () => {
    const result = withDeadline(100, 'the run table', hanging);
    const refused = expect(result).rejects.toThrow('no answer from the run table within 100 ms');
    // The work runs first.
    await jest.advanceTimersByTimeAsync(101);
    await refused;
  });

  test('throws its own error if it ends because of the signal', async () => {
    const result = withDeadline(100, 'the run table', async (signal) => {
      try {
        return await unlessAborted(hanging(), signal);
      } catch (cause) {
        throw new LeaseContended(false, { cause });
      }
    });
    const refused = expect(result).rejects.toMatchObject({
      name: 'Katamari.LeaseContended',
      cause: { message: 'no answer from the run table within 100 ms' },
    });
    await jest.advanceTimersByTimeAsync(100);
    await refused;
  });
});
