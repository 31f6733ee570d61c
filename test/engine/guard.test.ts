import { existsSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { CreateFunctionCommand, CreateFunctionUrlConfigCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { zipSync } from 'fflate';
import { type Browser, chromium, type Page } from 'playwright-core';
import { FileServer } from '../../cli/local/file-server';
import { localUrl } from '../../cli/shared/local-addresses';
import { MiniStack } from '../../engine/ministack';
import { START_TIMEOUT_MS, STATE_DIRECTORY } from '../support/ministack';

/** A site that the app names in the CORS settings of a function URL, and one that the user allows. */
const DECLARED = 'https://shop.example';
const ALLOWED = 'https://allowed.example';
const FOREIGN = 'https://evil.example';
const HANDLER = "exports.handler = async () => ({ statusCode: 200, body: 'ran' });";

let ministack: MiniStack;
let port: number;
/** Addresses of function URLs: one that names an origin in its CORS settings, and one that allows every origin. */
let declaring: string;
let open: string;

beforeAll(async () => {
  ministack = await MiniStack.start({ stateDirectory: STATE_DIRECTORY, allowedOrigins: [ALLOWED] });
  port = Number(new URL(ministack.endpoint).port);
  const client = new LambdaClient(ministack.clientSettings());
  const urls: string[] = [];
  for (const [name, origin] of [
    ['declaring', DECLARED],
    ['open', '*'],
  ] as const) {
    await client.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role: 'arn:aws:iam::000000000000:role/any',
        Code: { ZipFile: zipSync({ 'index.js': new TextEncoder().encode(HANDLER) }) },
      }),
    );
    const { FunctionUrl = '' } = await client.send(
      new CreateFunctionUrlConfigCommand({ FunctionName: name, AuthType: 'NONE', Cors: { AllowOrigins: [origin] } }),
    );
    urls.push(localUrl(FunctionUrl, ministack.endpoint));
  }
  client.destroy();
  [declaring = '', open = ''] = urls;
}, START_TIMEOUT_MS);
afterAll(() => ministack?.stop());

/** Sends a request with headers that fetch does not send. */
function send(
  path: string,
  headers: Readonly<Record<string, string>>,
  method = 'POST',
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });
}
const INVOKE = '/2015-03-31/functions/open/invocations';
const pathOf = (url: string) => new URL(url).pathname;

describe('the guard of MiniStack refuses', () => {
  test.each([
    [
      'an invocation by a page of another site',
      INVOKE,
      { origin: FOREIGN },
      /Origin must be a page of this machine, got: 'https:\/\/evil\.example'/,
    ],
    [
      'an invocation by a page without an origin',
      INVOKE,
      { origin: 'null' },
      /Origin must be a page of this machine, got: 'null'/,
    ],
    ['an origin that only begins like this machine', INVOKE, { origin: 'http://localhost.evil.example' }, /Origin must be/],
    [
      'the name of another site',
      INVOKE,
      { host: 'rebound.example' },
      /Host must be a name of this machine or of AWS, got: 'rebound\.example'/,
    ],
    ['a reset by another site', '/_ministack/reset', { origin: FOREIGN }, /Origin must be/],
  ])('%s', async (_what, path, headers, message) => {
    const { status, body } = await send(path, headers);
    expect({ status, message: JSON.parse(body).message }).toEqual({ status: 403, message: expect.stringMatching(message) });
  });

  test('a page of another site at a function URL, though its CORS settings allow every origin', async () => {
    expect((await send(pathOf(open), { origin: FOREIGN })).status).toBe(403);
    expect((await send(pathOf(open), { origin: FOREIGN }, 'OPTIONS')).status).toBe(403);
  });

  test('an image or script of another site', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors' };
    for (const path of ['/?Action=ListUsers&Version=2010-05-08', pathOf(open)]) {
      expect((await send(path, {}, 'GET')).status).not.toBe(403);
      expect((await send(path, headers, 'GET')).status).toBe(403);
      // As browsers without these headers send it.
      expect((await send(path, { referer: `${FOREIGN}/page` }, 'GET')).status).toBe(403);
    }
  });

  test('a WebSocket of another site', async () => {
    const upgrade = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    };
    expect((await send('/_aws/execute-api/abcdef12/prod', { ...upgrade, origin: FOREIGN }, 'GET')).status).toBe(403);
  });
});

describe('the guard of MiniStack lets pass', () => {
  test.each([
    ['no origin, as tools send', {}],
    ['a page of this machine', { origin: 'http://localhost:5173' }],
    ['an origin that the user allows', { origin: ALLOWED }],
    ['another name of this machine', { host: 'localhost' }],
    ['a name of AWS', { host: 'lambda.us-east-1.amazonaws.com' }],
  ])('%s', async (_what, headers) => {
    expect((await send(INVOKE, headers)).status).toBe(200);
  });

  test('an origin that the CORS settings of a function URL name', async () => {
    expect((await send(pathOf(declaring), { origin: DECLARED })).status).toBe(200);
    expect((await send(INVOKE, { origin: DECLARED })).status).toBe(403);
  });

  test('a link of another site to a function URL, such as the redirect after a login', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' };
    expect((await send(pathOf(open), headers, 'GET')).status).toBe(200);
    expect((await send('/2015-03-31/functions/', headers, 'GET')).status).toBe(403);
  });
});

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
// On a machine without Chromium, the requests above stand for it. CI installs it.
const inBrowser = executablePath || process.env.CI ? describe : describe.skip;

inBrowser('a real browser', () => {
  let browser: Browser;
  let page: Page;
  let site: Server;
  let files: FileServer;

  beforeAll(async () => {
    // A site on another name, which answers on 127.0.0.1.
    site = createServer((_request, response) =>
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<title>site</title>'),
    );
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    files = await FileServer.start(__dirname);
    browser = await chromium.launch({
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--host-resolver-rules=MAP *.example 127.0.0.1',
      ],
    });
    page = await browser.newPage();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await files?.stop();
    await new Promise((resolve) => site?.close(resolve));
  });

  const siteOn = (name: string) => `http://${name}:${(site.address() as { port: number }).port}`;
  /** The status of a request that the page sends; undefined if the browser does not show the response to the page. */
  const statusOf = (url: string, init: { method?: string; mode?: 'no-cors'; body?: string } = {}) =>
    page.evaluate(
      ([address, options]) =>
        fetch(address, options).then(
          ({ status }) => status,
          () => undefined,
        ),
      [url, init] as const,
    );
  test('a page of another site runs no code', async () => {
    await page.goto(siteOn('evil.example'));
    const refused: (number | string)[] = [];
    page.on('response', (response) => {
      if ([ministack.endpoint, files.address].some((address) => response.url().startsWith(address)))
        refused.push(response.status());
    });
    // A simple request, for which the browser asks no permission first.
    await statusOf(`${ministack.endpoint}${INVOKE}`, { method: 'POST', mode: 'no-cors', body: '{}' });
    await statusOf(open, { method: 'POST', mode: 'no-cors', body: '{}' });
    await statusOf(`${files.address}/guard.test.ts`, { mode: 'no-cors' });
    expect(refused).toEqual([403, 403, 403]);
  });

  test('a page that is reached by the name of another site runs no code', async () => {
    const response = await page.goto(`http://rebound.example:${port}/_ministack/health`);
    expect(response?.status()).toBe(403);
    expect(await page.textContent('body')).toContain("Host must be a name of this machine or of AWS, got: 'rebound.example");
  });

  test('a page of this machine calls a function URL', async () => {
    await page.goto(siteOn('localhost'));
    expect(await statusOf(open, { method: 'POST', body: '{}' })).toBe(200);
  });
});
