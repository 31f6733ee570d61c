import { type ExecuteRequest, LambdaAdapter } from 'cdk-katamari/runtime';

const adapters = new Map(LambdaAdapter.moduleNames().map((name) => [name, LambdaAdapter.fromEnvironment(name)]));

/** Executes all requests at the same time, and returns the health of the module and the id of this process. */
export async function handler({ module, requests = [] }: { module: string; requests?: ExecuteRequest[] }) {
  const adapter = adapters.get(module) as LambdaAdapter;
  const responses = await Promise.all(requests.map((request) => adapter.execute(request)));
  return { responses, health: await adapter.health(), process: process.pid };
}
