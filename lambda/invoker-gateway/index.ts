import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { toExecuteResponse } from '../runtime/adapter/execute-response';
import { moduleOptionsOf } from '../runtime/adapter/module-config';
import type { ExecuteRequest } from '../runtime/adapter/types';
import { LambdaAdapter } from '../runtime/lambda-adapter';
import { type InvokerGatewayDependencies, invokerGateway } from './invoker-gateway';
import { type GatewayModule, type GatewayResponse, ModuleRegistry } from './module-registry';

const logger = new Logger({ serviceName: 'katamari-gateway' });
const dependencies: InvokerGatewayDependencies = {
  modules: new ModuleRegistry(new Map(LambdaAdapter.moduleNames().map((name) => [name, newModule(name)]))),
  logger,
};

/** Invoked with `{ module, request }`, or through the function URL. */
export function handler(event: unknown, context: Context) {
  logger.addContext(context);
  return invokerGateway(event, context, dependencies);
}

function newModule(name: string): GatewayModule {
  const adapter = LambdaAdapter.fromEnvironment<ExecuteRequest, GatewayResponse>(name, {
    // Called only with a response of the module.
    parseResponse: (payload, call) => ({ ...toExecuteResponse(payload, call), answered: true }),
  });
  const { requiredScopes = [] } = moduleOptionsOf(name, process.env);
  return {
    requiredScopes,
    execute: (request, options) => adapter.execute(request, options),
    moduleInfo: () => adapter.moduleInfo(),
  };
}
