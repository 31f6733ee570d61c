import { type RunRecord, RunsClient } from 'cdk-katamari/client';
import { type CurrentRun, currentRun, EmitError, emit, type ScheduleEvent } from 'cdk-katamari/runtime';

export async function handler(event: ScheduleEvent): Promise<CurrentRun | undefined> {
  try {
    await emit('greeted', { text: process.env.GREETING, at: event.scheduledTime });
  } catch (error) {
    if (error instanceof EmitError) console.error(error.refused.map(({ name, code }) => `${name}: ${code}`));
    else throw error;
  }
  return currentRun();
}

export async function listener(): Promise<readonly RunRecord[]> {
  return new RunsClient('table').list('Job', { limit: 5 });
}

export async function count(event: { readonly letters: string }): Promise<{ readonly letters: number }> {
  return { letters: event.letters.length };
}
