import { waitFor } from '../../engine/wait-for';

test('ends once the check passes', async () => {
  let checks = 0;
  await waitFor(() => ++checks === 3, { what: 'third check', timeoutMs: 10_000, intervalMs: 1 });
  expect(checks).toBe(3);
});

test('throws an error with the condition, the timeout and the optional details', async () => {
  const waiting = waitFor(async () => false, { what: 'answer', timeoutMs: 30, intervalMs: 1, details: () => 'port closed' });
  await expect(waiting).rejects.toMatchObject({ name: 'CommandError', message: 'no answer within 0.03 seconds: port closed' });
  await expect(waitFor(() => false, { what: 'answer', timeoutMs: 30 })).rejects.toThrow(/^no answer within 0\.03 seconds$/);
});

test('ends at the timeout even if the check never ends', async () => {
  const waiting = waitFor(() => new Promise<boolean>(() => undefined), { what: 'answer', timeoutMs: 30 });
  await expect(waiting).rejects.toThrow('no answer within 0.03 seconds');
});

test('throws the error of the check at once', async () => {
  let checks = 0;
  const check = () => {
    checks++;
    throw new RangeError('broken');
  };
  await expect(waitFor(check, { what: 'answer', timeoutMs: 10_000 })).rejects.toThrow(RangeError);
  expect(checks).toBe(1);
});

test('throws the reason of its signal, before and during the wait', async () => {
  const controller = new AbortController();
  const waiting = waitFor(() => false, { what: 'answer', timeoutMs: 10_000, intervalMs: 1, signal: controller.signal });
  controller.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  await expect(waitFor(() => true, { what: 'answer', timeoutMs: 1, signal: controller.signal })).rejects.toThrow('stopped');
});
