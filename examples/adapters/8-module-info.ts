import { LambdaAdapter } from 'cdk-katamari/runtime';

const adapters = LambdaAdapter.moduleNames().map((name) => LambdaAdapter.fromEnvironment(name));

/** Lists the modules that this function may call, with their details. */
export function handler() {
  return Promise.all(adapters.map((adapter) => adapter.moduleInfo()));
}
