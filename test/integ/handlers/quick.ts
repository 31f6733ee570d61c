import type { ScheduleEvent } from 'cdk-katamari/runtime';

export const handler = async (event: ScheduleEvent) => {
  console.log(JSON.stringify(event));
  return event.scheduledTime;
};
