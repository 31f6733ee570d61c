import { LambdaAdapter } from 'cdk-katamari/runtime';

const adapters = LambdaAdapter.moduleNames().map((name) => LambdaAdapter.fromEnvironment(name));

/** Lists the modules that this function may call, and what it knows of each. */
export function handler() {
  return Promise.all(adapters.map((adapter) => adapter.moduleInfo()));
}
