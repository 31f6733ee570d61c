import { LambdaClient } from '@aws-sdk/client-lambda';
import { Stack } from 'aws-cdk-lib';
import { HttpMethod } from 'aws-cdk-lib/aws-lambda';
import { stackAddresses } from '../../cli/shared/local-addresses';
import { readAssembly } from '../../engine/assembly';
import { DEFAULT_ENVIRONMENT } from '../../engine/ministack';
import { FunctionGroup, Source } from '../../lib';
import { deployForTest, type TestDeployment } from '../../testing';

const ORIGIN = 'https://example.com';
const sources = {
  Node: Source.typescript('test/integ/handlers/url.ts'),
  Python: Source.python('test/integ/handlers/python-url', { handler: 'app.handler' }),
};

let deployment: TestDeployment;
let addresses: { name: string; url: string }[];

beforeAll(async () => {
  deployment = await deployForTest((app) => {
    const stack = new Stack(app, 'Urls');
    const group = new FunctionGroup(stack, 'Group');
    const cors = { allowedOrigins: [ORIGIN], allowedMethods: [HttpMethod.POST] };
    for (const [language, source] of Object.entries(sources)) {
      group.addFunction(`${language}Private`, { source }).addUrl();
      group.addFunction(`${language}Public`, { source }).addUrl({ public: true, cors });
    }
    group.addFunction('NodeAlias', { source: sources.Node }).addTrafficAlias('live').addUrl({ public: true });
    return stack;
  });
  addresses = await stackAddresses(
    readAssembly(deployment.assemblyDirectory).stacks,
    deployment.clientSettings,
    DEFAULT_ENVIRONMENT,
  );
}, 180_000);

afterAll(() => deployment?.cleanUp());

/** Returns the URL of a function that the command prints. */
function addressOf(name: string): URL {
  const { url } = addresses.find((address) => address.name.includes(name)) ?? {};
  if (!url) throw new Error(`URL of '${name}' not found; available: ${addresses.map((address) => address.name).join(', ')}`);
  return new URL(url);
}

/** Returns the headers of a request that is signed with AWS Signature Version 4. */
async function signed(method: string, url: URL): Promise<Record<string, string>> {
  const client = new LambdaClient(deployment.clientSettings);
  const signer = await client.config.signer();
  const request = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    port: Number(url.port),
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { host: url.host },
  });
  client.destroy();
  return request.headers;
}

const privateFunctions = Object.keys(sources).map((language) => `${language}Private`);
const publicFunctions = [...Object.keys(sources).map((language) => `${language}Public`), 'NodeAlias'];

test.each([...privateFunctions, ...publicFunctions])('the URL of %s is on this machine', (name) => {
  expect(addressOf(name).href).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/_aws\/lambda-url\/[a-z0-9]+\/$/);
});

describe.each(privateFunctions)('the URL of %s', (name) => {
  test('rejects an unsigned request', async () => {
    const response = await fetch(addressOf(name));
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ Message: 'Forbidden' });
  });

  test('answers a signed request', async () => {
    const url = new URL('orders/7?a=1', addressOf(name));
    const response = await fetch(url, { headers: await signed('GET', url) });
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ method: 'GET', path: '/orders/7', query: { a: '1' }, body: null });
  });
});

describe.each(publicFunctions)('the URL of %s', (name) => {
  test('answers anyone', async () => {
    const url = new URL('orders?b=2', addressOf(name));
    const response = await fetch(url, { method: 'POST', body: '{"c":3}', headers: { 'content-type': 'application/json' } });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-from')).toBe('handler');
    expect(await response.json()).toEqual({ method: 'POST', path: '/orders', query: { b: '2' }, body: '{"c":3}' });
  });
});

test('CORS allows the configured origin and no other', async () => {
  const url = addressOf('NodePublic');
  const preflight = await fetch(url, { method: 'OPTIONS', headers: { origin: ORIGIN, 'access-control-request-method': 'POST' } });
  expect(preflight.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  expect(preflight.headers.get('access-control-allow-methods')).toBe('POST');
  const stranger = await fetch(url, { method: 'POST', headers: { origin: 'https://elsewhere.example' } });
  expect(stranger.headers.get('access-control-allow-origin')).toBeNull();
});

test.each(Object.keys(sources).map((language) => `${language}Public`))('calls of %s are recorded as runs', async (name) => {
  const runs = await deployment.runs(name, { limit: 20 });
  expect(runs.length).toBeGreaterThan(0);
  expect(runs.every(({ state, trigger }) => state === 'Completed' && trigger === 'invoke')).toBe(true);
});
