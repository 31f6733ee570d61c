import { type ExecuteRequest, LambdaAdapter } from 'cdk-katamari/runtime';

const adapters = new Map(LambdaAdapter.moduleNames().map((name) => [name, LambdaAdapter.fromEnvironment(name)]));

/** A caller: it runs all requests at a time, and says how the module does and in which process that was. */
export async function handler({ module, requests = [] }: { module: string; requests?: ExecuteRequest[] }) {
  const adapter = adapters.get(module) as LambdaAdapter;
  const responses = await Promise.all(requests.map((request) => adapter.execute(request)));
  return { responses, health: await adapter.health(), process: process.pid };
}
