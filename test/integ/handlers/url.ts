import type { LambdaFunctionURLEvent } from 'aws-lambda';

export const handler = async (event: LambdaFunctionURLEvent) => {
  const { method, path } = event.requestContext.http;
  console.log(`${method} ${path}`);
  return {
    statusCode: 201,
    headers: { 'content-type': 'application/json', 'x-from': 'handler' },
    body: JSON.stringify({ method, path, query: event.queryStringParameters ?? {}, body: event.body ?? null }),
  };
};
