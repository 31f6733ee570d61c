import type { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { failed } from '../runtime/adapter/execute-response';
import type { ExecuteResponse } from '../runtime/adapter/types';
import { RequestError } from './errors';
import type { Gateway } from './gateway';
import { answerHttp, isHttpEvent, json } from './http';
import { directEvent, firstProblem } from './schema';

/** Answers both kinds of events, and logs what became of each. */
export class GatewayHandler {
  public constructor(
    private readonly gateway: Gateway,
    private readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>,
  ) {}

  public async handle(event: unknown, context: Context): Promise<ExecuteResponse | APIGatewayProxyStructuredResultV2> {
    return isHttpEvent(event) ? this.handleHttp(event, context) : this.handleDirect(event, context);
  }

  /** A fault is logged, and the sender learns of it no more than by which id. */
  private async handleHttp(event: APIGatewayProxyEventV2, context: Context): Promise<APIGatewayProxyStructuredResultV2> {
    const { method } = event.requestContext.http;
    const request = { method, path: event.rawPath };
    try {
      const response = await answerHttp(this.gateway, event, context);
      this.logger.info('answered', { ...request, status: response.statusCode });
      return response;
    } catch (error) {
      if (error instanceof RequestError) {
        this.logger.warn('refused', { ...request, status: error.status, reason: error.message });
        return json(error.status, { error: error.message }, error.headers);
      }
      this.logger.error('failed', { ...request, status: 500, error: error as Error });
      return json(500, { error: 'internal error', requestId: context.awsRequestId });
    }
  }

  /**
   * A wrong request is answered like a failed call: Lambda would deliver an event again if it was thrown.
   *
   * @throws Error for a fault alone; it says no more than where to look
   */
  private async handleDirect(event: unknown, context: Context): Promise<ExecuteResponse> {
    const parsed = directEvent.safeParse(event);
    if (!parsed.success) return this.refuse(firstProblem(event, parsed.error));
    const { module, request } = parsed.data;
    try {
      const { answered, ...response } = await this.gateway.execute(module, request, context);
      this.logger.info('answered', {
        module,
        requestId: request.session_id,
        answered: answered ?? false,
        success: response.success,
      });
      return response;
    } catch (error) {
      if (error instanceof RequestError) return this.refuse(error.message);
      this.logger.error('failed', { module, requestId: request.session_id, error: error as Error });
      throw new Error(`internal error: see the log of invocation ${context.awsRequestId}`);
    }
  }

  private refuse(reason: string): ExecuteResponse {
    this.logger.warn('refused', { reason });
    return failed(reason);
  }
}
