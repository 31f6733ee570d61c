import { CreateScheduleCommand, GetScheduleCommand, ListSchedulesCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';

/**
 * Has EventBridge Scheduler deliver what a schedule delivers, without a wait for its next minute: through a schedule with the
 * same target, for a moment that has gone by.
 *
 * @param part part of the name of the schedule, such as that of the function
 */
export async function deliverNow(scheduler: SchedulerClient, part: string): Promise<void> {
  const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({}));
  const found = Schedules.filter(({ Name }) => Name?.includes(part));
  if (found.length !== 1) {
    throw new Error(`one schedule must have '${part}' in its name, got: ${Schedules.map(({ Name }) => Name).join(', ')}`);
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
