import type { Context } from 'aws-lambda';
import { type ShellDependencies, ShellRefused, shellWith } from '../../../lambda/shell/shell';
import { SHELL_TEXT_MAX_LENGTH } from '../../../lib/limits/constants';
import { SHELL_EVENT_KEY, type ShellAnswer } from '../../../lib/shell/constants';
import { lambdaContext } from '../../../testing';

const SECRET = 's'.repeat(64);
const context = lambdaContext({ functionName: 'orders' }) as Context;

/** Creates a function with a shell that records its pauses instead of waiting. */
function newShell(handler = async (event: unknown) => ({ handled: event }), parts: Partial<ShellDependencies> = {}) {
  const pauses: number[] = [];
  const secret = jest.fn(async () => SECRET);
  const invoke = shellWith({ secret, sleep: async (ms) => pauses.push(ms), ...parts }, handler);
  const run = (code: string, more: object = {}): Promise<ShellAnswer> =>
    invoke({ [SHELL_EVENT_KEY]: { secret: SECRET, language: 'javascript', code, ...more } }, context);
  return { invoke, run, pauses, secret };
}

describe('runs JavaScript', () => {
  test.each([
    ['1 + 1', 2, '2'],
    ['await Promise.resolve("late")', 'late', "'late'"],
    ['{ a: [1, null] }', { a: [1, null] }, '{ a: [ 1, null ] }'],
    ['const a = 20; const b = 22; a + b', 42, '42'],
    ['let sum = 0; for (const n of [1, 2]) sum += n; sum', 3, '3'],
    ['const a = await Promise.resolve(41); return a + 1', 42, '42'],
    ['const a = await Promise.resolve(41); // and one; more\na + 1;', 42, '42'],
    ['if (true) { 1; }', null, null],
    ['', null, null],
    ['require("node:path").basename("/a/b")', 'b', "'b'"],
    ['context.functionName', 'orders', "'orders'"],
    ['await handler({ id: 7 }, context)', { handled: { id: 7 } }, '{ handled: { id: 7 } }'],
    ['"a" // and a comment', 'a', "'a'"],
    ['undefined', null, null],
    ['new Map([[1, 2]])', null, 'Map(1) { 1 => 2 }'],
    ['() => 1', null, '[Function (anonymous)]'],
    ['10n', null, '10n'],
    ['const loop = {}; loop.self = loop; loop', null, '<ref *1> { self: [Circular *1] }'],
  ])('%s', async (code, result, repr) => {
    expect(await newShell().run(code)).toEqual({ result, repr, stdout: '', error: null });
  });

  test('returns the printed text, and does not write it to the log of the function', async () => {
    const log = jest.spyOn(console, 'log');
    const answer = await newShell().run('console.log("a", { b: 1 }); console.error("c"); 3');
    expect(answer).toEqual({ result: 3, repr: '3', stdout: 'a { b: 1 }\nc\n', error: null });
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
  });

  test('returns the error, and the text that was printed before it', async () => {
    const answer = await newShell().run('console.log("before"); throw new RangeError("too far")');
    expect(answer).toMatchObject({ result: null, stdout: 'before\n', error: { type: 'RangeError', message: 'too far' } });
    expect(answer.error?.stack).toContain('RangeError: too far');
    expect((await newShell().run('throw { odd: 1 }')).error).toEqual({ type: 'Error', message: '{ odd: 1 }', stack: '' });
    expect((await newShell().run('1 +')).error?.type).toBe('SyntaxError');
  });

  test('returns a stack trace with only the frames of the code', async () => {
    const { error } = await newShell().run('const deep = () => {\n  throw new Error("x");\n};\ndeep();');
    const [, ...frames] = (error?.stack ?? '').split('\n');
    expect(frames.slice(0, 2)).toEqual(['    at deep (<shell>:2:9)', expect.stringMatching(/^ {4}at eval \(<shell>:4:\d+\)$/)]);
    expect(frames.join('\n')).not.toContain('evaluate.ts');
  });

  test('keeps no variables from one call to the next', async () => {
    const { run } = newShell();
    await run('const kept = 1; var keptToo = 2; kept');
    expect((await run('typeof kept + typeof keptToo')).result).toBe('undefinedundefined');
  });

  test('cuts texts that are too long for an answer', async () => {
    const length = SHELL_TEXT_MAX_LENGTH + 1;
    const answer = await newShell().run(`console.log("p".repeat(${length})); "r".repeat(${length})`);
    expect(answer.result).toBeNull();
    expect(answer.repr).toHaveLength(SHELL_TEXT_MAX_LENGTH);
    expect(answer.stdout).toHaveLength(SHELL_TEXT_MAX_LENGTH);
    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(6_291_456);
  });

  test('answers another language, and code that is not a string, with an error', async () => {
    const error = { type: 'InvalidRequest', stack: '' };
    expect((await newShell().run('1', { language: 'python' })).error).toEqual({
      ...error,
      message: "language must be 'javascript' in this function, got: 'python'",
    });
    expect((await newShell().run('1', { code: 1 })).error).toEqual({ ...error, message: 'code must be a string, got: number' });
  });
});

describe('opens only with the secret', () => {
  const forShell = (body: unknown) => ({ [SHELL_EVENT_KEY]: body });
  const code = 'process.exitCode = 99';

  test.each([
    ['another secret', { secret: 'x'.repeat(64), language: 'javascript', code }],
    ['a part of it', { secret: SECRET.slice(1), language: 'javascript', code }],
    ['none', { language: 'javascript', code }],
    ['one that is no text', { secret: [SECRET], language: 'javascript', code }],
    ['no body', null],
    ['a body that is a text', SECRET],
  ])('rejects %s after a pause, and reveals nothing', async (_what, body) => {
    const { invoke, pauses } = newShell();
    const refusal = await invoke(forShell(body), context).catch((error: Error) => error);
    expect(refusal).toBeInstanceOf(ShellRefused);
    expect([refusal.name, refusal.message, refusal.stack]).toEqual(['ShellRefused', 'refused', undefined]);
    expect(pauses).toEqual([1_000]);
    expect(process.exitCode).toBeUndefined();
  });

  test.each([
    ['unreadable', () => Promise.reject(new Error('AccessDenied'))],
    ['empty', async () => ''],
  ])('rejects everything if the secret is %s, and only the log has the reason', async (_what, secret) => {
    const log = jest.spyOn(console, 'error').mockImplementation();
    const { invoke } = newShell(undefined, { secret });
    await expect(invoke(forShell({ secret: '', language: 'javascript', code }), context)).rejects.toThrow(/^refused$/);
    await expect(invoke(forShell({ secret: SECRET, language: 'javascript', code }), context)).rejects.toThrow(/^refused$/);
    log.mockRestore();
  });
});

describe('passes all other events to the handler', () => {
  const body = JSON.stringify({ [SHELL_EVENT_KEY]: { secret: SECRET, language: 'javascript', code: '1' } });
  const inner = JSON.parse(body);
  // Event shapes from the AWS documentation, with the key of the shell at every place that the sender controls.
  test.each<[string, unknown]>([
    ['a function URL or HTTP API', { version: '2.0', rawPath: '/', headers: inner, queryStringParameters: inner, body }],
    ['a REST API', { resource: '/{proxy+}', path: '/', httpMethod: 'POST', headers: inner, pathParameters: inner, body }],
    ['a WebSocket', { requestContext: { routeKey: '$default', connectionId: 'c' }, body, isBase64Encoded: false }],
    ['EventBridge', { version: '0', id: 'i', source: 's', 'detail-type': SHELL_EVENT_KEY, detail: inner }],
    ['SQS', { Records: [{ messageId: 'm', body, messageAttributes: {}, eventSource: 'aws:sqs' }] }],
    ['SNS', { Records: [{ EventSource: 'aws:sns', Sns: { Message: body, MessageAttributes: inner } }] }],
    ['S3', { Records: [{ eventSource: 'aws:s3', s3: { object: { key: SHELL_EVENT_KEY } } }] }],
    ['a DynamoDB stream', { Records: [{ dynamodb: { NewImage: { [SHELL_EVENT_KEY]: { S: body } } } }] }],
    ['Kinesis', { Records: [{ kinesis: { data: Buffer.from(body).toString('base64') } }] }],
    ['a load balancer', { requestContext: { elb: {} }, httpMethod: 'POST', path: '/', headers: inner, body }],
    ['Cognito', { version: '1', triggerSource: 'PreSignUp_SignUp', userName: 'u', request: { userAttributes: inner } }],
    ['a schedule', { source: 'katamari.schedule', schedule: 'Job', scheduledTime: '2026-01-01T00:00:00Z', ...inner }],
    ['a list', [inner]],
    ['a text', body],
    ['nothing', null],
    ['an empty event', {}],
  ])('%s', async (_what, event) => {
    const { invoke, secret } = newShell();
    expect(await invoke(event, context)).toEqual({ handled: event });
    expect(secret).not.toHaveBeenCalled();
  });

  test('with a callback or an error', async () => {
    const callback = shellWith(newShell() as never, (event, _context, done) => done(null, { called: event }));
    expect(await callback({ id: 1 }, context)).toEqual({ called: { id: 1 } });
    const throwing = newShell(async () => {
      throw new RangeError('mine');
    });
    await expect(throwing.invoke({}, context)).rejects.toThrow(RangeError);
  });

  test('but rejects a streaming handler when the function starts', () => {
    const streaming = Object.assign(async () => undefined, {
      [Symbol.for('aws.lambda.runtime.handler.streaming')]: 'response',
    });
    expect(() => newShell(streaming as never)).toThrow(
      /^debugShell must be false for a handler that streams its response, got: /,
    );
  });
});
