import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AdapterInvocationType, type ExecuteRequest, LambdaAdapter } from '../../../../lambda/runtime';
import { parseJson, scanJson } from '../../../../lambda/shared/json/parse-json';
import { writeJson } from '../../../../lambda/shared/json/write-json';
import { OK, request, returns, useLambdaStub } from './lambda-stub';

interface Named {
  readonly name: string;
}
interface Answer extends Named {
  readonly status?: number;
  readonly functionError?: string;
  readonly text?: string;
  readonly hex?: string;
  readonly result: string;
}
interface ClientResponse extends Named {
  readonly status?: number;
  readonly functionError?: string;
  readonly invocationType?: AdapterInvocationType;
  readonly error: string;
}
interface Payload extends Named {
  readonly value: string;
  readonly sent?: string;
  readonly error?: string;
}
interface Request extends Named {
  readonly request: ExecuteRequest;
  readonly requiredScopes?: readonly string[];
  readonly contextText?: string | null;
  readonly error?: string;
}
interface WrongContext extends Named {
  readonly context?: unknown;
  readonly returns?: unknown;
  readonly isNumber?: boolean;
  readonly throws?: boolean;
  readonly error: string;
}
interface Region extends Named {
  readonly env: Readonly<Record<string, string>>;
  readonly region?: string;
  readonly error?: string;
}

/** Cases that hold for both adapters. The tests of the Python adapter read the same file. */
const alike: {
  readonly answers: readonly Answer[];
  readonly clients: readonly ClientResponse[];
  readonly payloads: readonly Payload[];
  readonly requests: readonly Request[];
  readonly contexts: readonly WrongContext[];
  readonly regions: readonly Region[];
  readonly json: readonly { readonly text: string; readonly error: string }[];
} = JSON.parse(readFileSync(join(__dirname, '..', '..', '..', 'fixtures', 'adapter-alike.json'), 'utf8'));

const lambda = useLambdaStub();

const counts = async (adapter: { health: LambdaAdapter['health'] }) => {
  const { totalRequests, totalFailures } = await adapter.health();
  return [totalRequests, totalFailures];
};

test('no case is missing', () => {
  const { answers, clients, payloads, requests, contexts, regions, json } = alike;
  expect([answers, clients, payloads, requests, contexts, regions, json].map((cases) => cases.length)).toEqual([
    24, 4, 5, 10, 8, 6, 24,
  ]);
});

test.each(alike.answers)('answer: $name', async ({ status = 200, functionError, text = '', hex, result }) => {
  const bytes = hex === undefined ? Buffer.from(text) : Buffer.from(hex, 'hex');
  lambda.stub.script((response) =>
    response.writeHead(status, functionError ? { 'x-amz-function-error': functionError } : {}).end(bytes),
  );
  const adapter = lambda.adapter({ moduleName: 'm' });
  const response = await adapter.execute(request());
  expect(response).toEqual(parseJson(result));
  expect(lambda.stub.invocations).toHaveLength(1);
  expect(await counts(adapter)).toEqual([1, response.success ? 0 : 1]);
});

test.each(alike.clients)('response of a given client: $name', async ({ status, functionError, invocationType, error }) => {
  const client = {
    send: async () => ({ StatusCode: status, FunctionError: functionError, Payload: Buffer.from(JSON.stringify(OK)) }),
  };
  const adapter = lambda.adapter({ lambda: client, invocationType });
  expect((await adapter.execute(request())).error).toBe(error);
  expect(await counts(adapter)).toEqual([1, 1]);
});

test.each(alike.payloads)('payload: $name', async ({ value, sent, error }) => {
  lambda.stub.script(returns({ success: true }));
  const adapter = new LambdaAdapter<unknown>({
    functionName: 'fn',
    moduleName: 'm',
    endpoint: lambda.stub.endpoint,
    mapRequest: (given) => given,
  });
  expect((await adapter.execute(parseJson(value))).error).toBe(error ?? null);
  expect(lambda.stub.invocations.map(({ body }) => body)).toEqual(sent === undefined ? [] : [sent]);
  expect(await counts(adapter)).toEqual([sent === undefined ? 0 : 1, 0]);
});

test('a payload that refers to itself is not sent', async () => {
  lambda.stub.script(returns(OK));
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const adapter = lambda.adapter({ mapRequest: () => circular });
  expect((await adapter.execute(request())).error).toBe(
    'Lambda not invoked: the payload of a request must be JSON, got: a circular reference',
  );
});

test.each(alike.requests)('request: $name', async ({ request: given, requiredScopes, contextText, error }) => {
  lambda.stub.script(returns({ success: true }));
  const adapter = lambda.adapter({ moduleName: 'm', requiredScopes });
  expect((await adapter.execute(given)).error).toBe(error ?? null);
  const sent = lambda.stub.invocations.map(({ body }) => JSON.parse(body).trigger.context_text);
  expect(sent).toEqual(error === undefined ? [contextText] : []);
  expect(await counts(adapter)).toEqual([sent.length, 0]);
});

/** A context that the message shows as `<context>`. */
class Context {
  public constructor(private readonly wrong: WrongContext) {}

  public getRemainingTimeInMillis() {
    if (this.wrong.throws) throw new Error('no');
    return this.wrong.isNumber ? Number(this.wrong.returns) : this.wrong.returns;
  }

  public toJSON() {
    return '<context>';
  }
}

test.each(alike.contexts)('a wrong context is no failure of the module: $name', async (wrong) => {
  lambda.stub.script(returns(OK));
  const adapter = lambda.adapter();
  const context = 'context' in wrong ? wrong.context : new Context(wrong);
  const { error } = await adapter.execute(request(), { context: context as never });
  expect(error).toBe(wrong.error.replace('<context>', '"<context>"'));
  expect(lambda.stub.invocations).toHaveLength(0);
  expect(await counts(adapter)).toEqual([0, 0]);
});

test.each(['text', {}, 5])('a wrong signal is no failure of the module: %j', async (signal) => {
  lambda.stub.script(returns(OK));
  const adapter = lambda.adapter();
  const { error } = await adapter.execute(request(), { signal: signal as never });
  expect(error).toMatch(/^Lambda not invoked: signal must be an AbortSignal, got: /);
  expect(await counts(adapter)).toEqual([0, 0]);
});

test.each([null, undefined])('options that are %s are no options', async (options) => {
  lambda.stub.script(returns(OK));
  expect((await lambda.adapter().execute(request(), options as never)).success).toBe(true);
  expect((await lambda.adapter().execute(request(), { context: options, signal: options } as never)).success).toBe(true);
});

test.each(['text', { message: { toString: null } }, null])('a mapping that throws %j never throws', async (thrown) => {
  lambda.stub.script(returns(OK));
  const throwIt = () => {
    throw thrown;
  };
  const [before, after] = [lambda.adapter({ mapRequest: throwIt }), lambda.adapter({ parseResponse: throwIt })];
  expect((await before.execute(request())).error).toMatch(/^Lambda not invoked: ./);
  expect(await counts(before)).toEqual([0, 0]);
  expect((await after.execute(request())).error).toMatch(/^Lambda invocation error: ./);
});

test('a request that cannot be read is no failure of the module', async () => {
  lambda.stub.script(returns(OK));
  const adapter = lambda.adapter();
  const broken = {
    get scopes() {
      throw new Error('no scopes');
    },
  };
  expect((await adapter.execute(broken as never)).error).toBe('Lambda not invoked: no scopes');
  expect(await counts(adapter)).toEqual([0, 0]);
});

test.each(alike.regions)('region: $name', async ({ env, region, error }) => {
  delete process.env.AWS_REGION;
  delete process.env.AWS_DEFAULT_REGION;
  Object.assign(process.env, env);
  const create = () => new LambdaAdapter({ functionName: 'fn', moduleName: 'm' });
  if (error === undefined) expect((await create().moduleInfo()).region).toBe(region);
  else expect(create).toThrow(new Error(error));
});

test.each(alike.json)('$text is refused in the words of Python', ({ text, error }) => {
  expect(() => parseJson(text)).toThrow(new SyntaxError(error));
});

test.each(['{"a": [1, -2.5e3, null, true, false, "x\\u00e9\\n\\"\\\\"], "b": {}, "c": []}', ' "text" ', '0', '-0', '[[]]'])(
  'both parsers read %s alike',
  (text) => expect(scanJson(text)).toEqual(JSON.parse(text)),
);

test('large integers survive a round trip', () => {
  const text = '{"id":9007199254740993,"text":"12345678901234567890","list":[-9007199254740993]}';
  expect(writeJson(parseJson(text))).toBe(text);
});
