import { GetScheduleCommand, ListSchedulesCommand, type SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';

/**
 * Has EventBridge Scheduler deliver what a schedule delivers, without a wait for its next minute: the schedule is moved to a
 * moment that has gone by. It does not come again.
 *
 * @param part part of its name, such as that of the function
 */
export async function deliverNow(scheduler: SchedulerClient, part: string): Promise<void> {
  const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({}));
  const found = Schedules.filter(({ Name }) => Name?.includes(part));
  if (found.length !== 1) {
    throw new Error(`one schedule must have '${part}' in its name, got: ${Schedules.map(({ Name }) => Name).join(', ')}`);
  }
  const [{ Name, GroupName } = {}] = found;
  const { FlexibleTimeWindow, Target } = await scheduler.send(new GetScheduleCommand({ Name, GroupName }));
  const ScheduleExpression = 'at(2026-01-01T00:00:00)';
  await scheduler.send(new UpdateScheduleCommand({ Name, GroupName, ScheduleExpression, FlexibleTimeWindow, Target }));
}
