import type { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { failed } from '../runtime/adapter/execute-response';
import type { ExecuteResponse } from '../runtime/adapter/types';
import { toRuntimeJson } from '../shared/json/runtime-json';
import { RequestError } from './errors';
import { answerHttp, isHttpEvent, json } from './http';
import type { ModuleRegistry } from './module-registry';
import { directEvent, firstProblem } from './schema';

export interface InvokerGatewayDependencies {
  readonly modules: ModuleRegistry;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** Handles direct invocations and requests through the function URL, and logs the outcome of each. */
export function invokerGateway(
  event: unknown,
  context: Context,
  dependencies: InvokerGatewayDependencies,
): Promise<ExecuteResponse | APIGatewayProxyStructuredResultV2> {
  return isHttpEvent(event) ? handleHttp(event, context, dependencies) : handleDirect(event, context, dependencies);
}

/** The response to a fault contains only the request id; the details are logged. */
async function handleHttp(
  event: APIGatewayProxyEventV2,
  context: Context,
  { modules, logger }: InvokerGatewayDependencies,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { method } = event.requestContext.http;
  const request = { method, path: event.rawPath };
  try {
    const response = await answerHttp(modules, event, context);
    logger.info('answered', { ...request, status: response.statusCode });
    return response;
  } catch (error) {
    if (error instanceof RequestError) {
      logger.warn('refused', { ...request, status: error.status, reason: error.message });
      return json(error.status, { error: error.message }, error.headers);
    }
    logger.error('failed', { ...request, status: 500, error: error as Error });
    return json(500, { error: 'internal error', requestId: context.awsRequestId });
  }
}

/**
 * Invalid requests get the response of a failed call: if they were thrown, Lambda would retry asynchronous invocations.
 *
 * @throws Error for a fault; the message contains only the request id
 */
async function handleDirect(
  event: unknown,
  context: Context,
  { modules, logger }: InvokerGatewayDependencies,
): Promise<ExecuteResponse> {
  const refuse = (reason: string) => {
    logger.warn('refused', { reason });
    return failed(reason);
  };
  const parsed = directEvent.safeParse(event);
  if (!parsed.success) return refuse(firstProblem(event, parsed.error));
  const { module, request } = parsed.data;
  try {
    const { answered, ...response } = await modules.execute(module, request, context);
    logger.info('answered', {
      module,
      requestId: request.session_id,
      answered: answered ?? false,
      success: response.success,
    });
    return toRuntimeJson(response) as ExecuteResponse;
  } catch (error) {
    if (error instanceof RequestError) return refuse(error.message);
    logger.error('failed', { module, requestId: request.session_id, error: error as Error });
    throw new Error(`internal error: see the log of invocation ${context.awsRequestId}`);
  }
}
