import { CreateScheduleCommand, GetScheduleCommand, ListSchedulesCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';

/**
 * Triggers a schedule of EventBridge Scheduler at once, instead of waiting for its next minute. Creates a schedule in the past with
 * the same target.
 *
 * @param part a part of the schedule's name, such as the name of the function
 */
export async function deliverNow(scheduler: SchedulerClient, part: string): Promise<void> {
  const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({}));
  const found = Schedules.filter(({ Name }) => Name?.includes(part));
  if (found.length !== 1) {
    throw new Error(`exactly one schedule must have '${part}' in its name, got: ${Schedules.map(({ Name }) => Name).join(', ')}`);
  }
  const [{ Name, GroupName } = {}] = found;
  const { FlexibleTimeWindow, Target } = await scheduler.send(new GetScheduleCommand({ Name, GroupName }));
  await scheduler.send(
    new CreateScheduleCommand({
      Name: `now-${part}`,
      ScheduleExpression: 'at(2026-01-01T00:00:00)',
      FlexibleTimeWindow,
      Target,
    }),
  );
}
