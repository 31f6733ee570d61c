import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ExecuteRequest, RemainingTime } from '../runtime/adapter/types';
import { RequestError } from './errors';
import { formatValue } from './format-value';
import type { Gateway } from './gateway';
import { executeRequest, firstProblem } from './schema';

const HEALTH_PATH = '/health';
/** Of a path the one part that it may have: names of modules need no encoding. */
const MODULE_PATH = /^\/([A-Za-z0-9_-]{1,128})$/;

/** Whether an event comes from a function URL. */
export function isHttpEvent(event: unknown): event is APIGatewayProxyEventV2 {
  const { requestContext } = Object(event) as Partial<APIGatewayProxyEventV2>;
  return typeof requestContext?.http?.method === 'string';
}

/**
 * `POST /{module}` calls a module: 200 with its answer, 502 where it has given none. `GET /health` tells how all do.
 *
 * @throws RequestError when the request is wrong
 */
export async function answerHttp(
  gateway: Gateway,
  event: APIGatewayProxyEventV2,
  context?: RemainingTime,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { rawPath } = event;
  const { method } = event.requestContext.http;
  const [, name] = MODULE_PATH.exec(rawPath) ?? [];
  const isModule = name !== undefined && gateway.has(name);
  const isHealth = rawPath === HEALTH_PATH;
  if (isHealth && (method === 'GET' || method === 'HEAD')) return json(200, await gateway.health());
  if (name !== undefined && method === 'POST' && (isModule || !isHealth)) {
    gateway.requireModule(name);
    const { answered, ...response } = await gateway.execute(name, requestOf(event), context);
    return json(answered ? 200 : 502, response);
  }
  if (!isModule && !isHealth) {
    throw new RequestError(404, `the path must be ${HEALTH_PATH}, or '/' and the name of a module, got: ${formatValue(rawPath)}`);
  }
  const allowed = [...(isHealth ? ['GET', 'HEAD'] : []), ...(isModule ? ['POST'] : [])];
  throw new RequestError(405, `the method of ${rawPath} must be ${allowed.join(' or ')}, got: ${formatValue(method)}`, {
    allow: allowed.join(', '),
  });
}

/** An answer with a JSON body. */
export function json(
  statusCode: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}

function requestOf({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): ExecuteRequest {
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    throw new RequestError(400, `the body must be the JSON of a request, got: ${formatValue(text)}`);
  }
  const parsed = executeRequest.safeParse(input);
  if (!parsed.success) throw new RequestError(400, firstProblem(input, parsed.error));
  return parsed.data;
}
