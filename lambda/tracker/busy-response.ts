/** Seconds after which a caller may try again. */
const RETRY_AFTER_S = 1;

/** Whether an event is a request of a function URL, API Gateway or a load balancer, which the caller waits for. */
export function isHttpRequest(event: unknown): boolean {
  const { requestContext, httpMethod } = Object(event) as Record<string, unknown>;
  const { http, connectionId } = Object(requestContext) as Record<string, unknown>;
  return requestContext === Object(requestContext) && [httpMethod, Object(http).method, connectionId].some(isText);
}

/** Response to a request that can't run because too many runs are in progress. */
export function busyResponse(functionName: string) {
  return {
    statusCode: 429,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'retry-after': String(RETRY_AFTER_S) },
    body: JSON.stringify({ message: `too many concurrent runs of '${functionName}'; try again later` }),
  };
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
