import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { MODULE_NAME } from '../../lib/limits/constants';
import type { ExecuteRequest, RemainingTime } from '../runtime/adapter/types';
import { parseJson } from '../shared/json/parse-json';
import { toRuntimeJson } from '../shared/json/runtime-json';
import { RequestError } from './errors';
import { formatInput } from './format-input';
import type { ModuleRegistry } from './module-registry';
import { executeRequest, firstProblem } from './schema';

const HEALTH_PATH = '/health';
/** Path of a module. Module names need no encoding. */
const MODULE_PATH = new RegExp(`^/(${MODULE_NAME.source.slice(1, -1)})$`);

/** Whether an event comes from the function URL. */
export function isHttpEvent(event: unknown): event is APIGatewayProxyEventV2 {
  const { requestContext } = Object(event) as Partial<APIGatewayProxyEventV2>;
  return typeof requestContext?.http?.method === 'string';
}

/**
 * `POST /{module}` calls a module: status 200 with its response, 429 when
 * its overlap skipped the run, or 502 when it did not respond. `GET /health` returns the
 * health of all modules.
 *
 * @throws RequestError when the request is invalid
 */
export async function answerHttp(
  modules: ModuleRegistry,
  event: APIGatewayProxyEventV2,
  context?: RemainingTime,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { rawPath } = event;
  const { method } = event.requestContext.http;
  const [, name] = MODULE_PATH.exec(rawPath) ?? [];
  const isModule = name !== undefined && modules.has(name);
  const isHealth = rawPath === HEALTH_PATH;
  if (isHealth && (method === 'GET' || method === 'HEAD')) return json(200, await modules.health());
  if (name !== undefined && method === 'POST' && (isModule || !isHealth)) {
    modules.requireModule(name);
    const { answered, ...response } = await modules.execute(name, requestOf(event), context);
    if (response.notRun) return json(429, response, { 'retry-after': '1' });
    return json(answered ? 200 : 502, response);
  }
  if (!isModule && !isHealth) {
    throw new RequestError(404, `the path must be ${HEALTH_PATH} or /{module}, got: ${formatInput(rawPath)}`);
  }
  const allowed = [...(isHealth ? ['GET', 'HEAD'] : []), ...(isModule ? ['POST'] : [])];
  throw new RequestError(405, `the method of ${rawPath} must be ${allowed.join(' or ')}, got: ${formatInput(method)}`, {
    allow: allowed.join(', '),
  });
}

/** Creates a response with a JSON body. */
export function json(
  statusCode: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(toRuntimeJson(body)),
  };
}

function requestOf({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): ExecuteRequest {
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
  let input: unknown;
  try {
    input = parseJson(text);
  } catch {
    throw new RequestError(400, `the body must be a request in JSON, got: ${formatInput(text)}`);
  }
  const parsed = executeRequest.safeParse(input);
  if (!parsed.success) throw new RequestError(400, firstProblem(input, parsed.error));
  return parsed.data;
}
