import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { toExecuteResponse } from '../runtime/adapter/execute-response';
import { moduleOptionsOf } from '../runtime/adapter/module-config';
import type { ExecuteRequest } from '../runtime/adapter/types';
import { LambdaAdapter } from '../runtime/lambda-adapter';
import { Gateway, type GatewayModule, type GatewayResponse } from './gateway';
import { GatewayHandler } from './handler';

const logger = new Logger({ serviceName: 'katamari-gateway' });
const gateway = new GatewayHandler(new Gateway(modules()), logger);

/** Invoked with `{ module, request }`, or by the function's URL. */
export function handler(event: unknown, context: Context) {
  logger.addContext(context);
  return gateway.handle(event, context);
}

/** One adapter for each module that the construct lets the gateway call. */
function modules(): ReadonlyMap<string, GatewayModule> {
  return new Map(LambdaAdapter.moduleNames().map((name) => [name, moduleOf(name)]));
}

function moduleOf(name: string): GatewayModule {
  const adapter = LambdaAdapter.fromEnvironment<ExecuteRequest, GatewayResponse>(name, {
    // What was parsed, the module has answered.
    parseResponse: (payload) => ({ ...toExecuteResponse(payload), answered: true }),
  });
  const { requiredScopes = [] } = moduleOptionsOf(name, process.env);
  return {
    requiredScopes,
    execute: (request, options) => adapter.execute(request, options),
    moduleInfo: () => adapter.moduleInfo(),
  };
}
