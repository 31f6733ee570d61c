import { LambdaAdapter } from 'cdk-katamari/runtime';
import { requestOf } from './request';

const adapter = LambdaAdapter.fromEnvironment('flaky');

/** Calls a module several times and returns its health after each call: unhealthy after three failures in a row, healthy after a success. */
export async function handler({ commands }: { commands: string[] }) {
  const states: string[] = [];
  for (const command of commands) {
    const { success } = await adapter.execute(requestOf(command, []));
    states.push(`${success ? 'done' : 'failed'}: ${(await adapter.isHealthy()) ? 'healthy' : 'unhealthy'}`);
  }
  return { states, health: await adapter.health() };
}
