import { currentRun } from '../../../lambda/runtime';
import { correlationIdOf } from '../../../lambda/tracker/correlation-id';
import cases from '../../fixtures/correlation-ids.json';
import { useLogLines } from '../../support/log-lines';
import { useMiniStack } from '../../support/ministack';
import { useTracker } from '../../support/tracked';

const tracker = useTracker(useMiniStack());
const logs = useLogLines();

test.each(cases)('the correlation id of $what is $id', ({ event, id, custom }) => {
  const clientContext = custom && ({ custom } as never);
  expect(correlationIdOf(event, { clientContext }) ?? null).toBe(id);
});

test('the log lines, the record and the current run have the correlation id', async () => {
  const { invoke, runs } = tracker(async () => currentRun()?.correlationId);
  expect(await invoke({ request_id: 'session-1' })).toBe('session-1');
  expect(await runs()).toMatchObject([{ correlationId: 'session-1' }]);
  expect(logs).toMatchObject([{ message: 'run Completed', correlationId: 'session-1' }]);
});

test('a run without a correlation id has none in its record', async () => {
  const { invoke, runs } = tracker(async () => undefined);
  await invoke({});
  expect((await runs())[0]).not.toHaveProperty('correlationId');
});
