import picocolors from 'picocolors';
import { formatLogLine, parseLogLine } from '../../../cli/shared/log-line';

const parse = (message: string | object) => {
  const { origin, level, text } = parseLogLine('Beat', 0, typeof message === 'string' ? message : JSON.stringify(message));
  return { origin, level, text };
};

test.each([
  ['START RequestId: 1 Version: $LATEST'],
  ['END RequestId: 1'],
  ['REPORT RequestId: 1\tDuration: 3 ms'],
  ['INIT_START Runtime Version: nodejs:24.v1'],
])('%s is written by Lambda', (message) => {
  expect(parse(message).origin).toBe('platform');
});

test('a platform event in JSON is written by Lambda', () => {
  const event = { time: '2026-01-01T00:00:00Z', type: 'platform.report', record: {} };
  expect(parse(event)).toEqual({ origin: 'platform', level: undefined, text: 'platform.report' });
});

test('a line of text is written by the handler', () => {
  expect(parse('hello\n')).toEqual({ origin: 'handler', level: undefined, text: 'hello' });
});

test('the text format of the Node.js runtime is parsed', () => {
  expect(parse('2026-01-01T00:00:00.000Z\t8f3c-1\tWARN\tslow\nvery')).toEqual({
    origin: 'handler',
    level: 'WARN',
    text: 'slow\nvery',
  });
});

test.each([
  ['INFO', 'INFO'],
  ['WARNING', 'WARN'],
  ['CRITICAL', 'FATAL'],
])('the level %s of the Python runtime is shown as %s', (given, level) => {
  const expected = { origin: 'handler', level, text: 'slow\nvery' };
  expect(parse(`[${given}]\t2026-01-01T00:00:00.000Z\t8f3c-1\tslow\nvery`)).toEqual(expected);
  expect(parse({ level: given, message: 'slow\nvery', requestId: '8f3c-1' })).toEqual(expected);
});

test('a line that a Python module logs while it is loaded has no request id', () => {
  expect(parse('[ERROR]\t2026-01-01T00:00:00.000Z\t\tno table')).toEqual({
    origin: 'handler',
    level: 'ERROR',
    text: 'no table',
  });
});

test('the JSON format of Lambda is parsed', () => {
  const record = { timestamp: '2026-01-01T00:00:00.000Z', level: 'INFO', requestId: '1', message: 'hello' };
  expect(parse(record)).toEqual({ origin: 'handler', level: 'INFO', text: 'hello' });
});

test('a logged object is shown as JSON', () => {
  expect(parse({ level: 'INFO', message: { id: 42 } }).text).toBe('{"id":42}');
});

test('an error in the JSON format is shown with its type, message and stack frames', () => {
  const record = {
    level: 'ERROR',
    errorType: 'OutOfStock',
    errorMessage: 'nothing left',
    stackTrace: ['OutOfStock: nothing left', '    at handler (index.ts:1:1)'],
  };
  expect(parse(record)).toEqual({
    origin: 'handler',
    level: 'ERROR',
    text: 'OutOfStock: nothing left\n    at handler (index.ts:1:1)',
  });
});

test('fields of Powertools follow the message, without the standard ones for place and time', () => {
  const record = {
    level: 'INFO',
    message: 'paid',
    service: 'orders',
    cold_start: true,
    sampling_rate: 0,
    orderId: 7,
    tags: ['a'],
  };
  expect(parse(record).text).toBe('paid orderId=7 tags=["a"]');
});

test('a line of the run tracker is distinguished from a line of a handler with the same service name', () => {
  const record = { level: 'ERROR', message: 'run Failed', service: 'katamari', runId: 'r', errorType: 'E', errorMessage: 'm' };
  expect(parse(record)).toEqual({ origin: 'tracker', level: 'ERROR', text: 'run Failed: E: m' });
  expect(parse({ level: 'INFO', message: 'hi', service: 'katamari' }).origin).toBe('handler');
});

test('a line that only looks like JSON is text', () => {
  expect(parse('{ name: 1 }')).toEqual({ origin: 'handler', level: undefined, text: '{ name: 1 }' });
});

test('paths are relative to the root of the function’s code', () => {
  const frame = '    at handler (/tmp/x/ministack-lambda-Orders-1/code/handlers/order.ts:7:9)';
  expect(parse(frame).text).toBe('    at handler (handlers/order.ts:7:9)');
});

test('stack frames of the run tracker are left out', () => {
  expect(parse('    at async run (/tmp/ministack-lambda-a/code/katamari-tracker.js:48:1)').origin).toBe('platform');
});

test('a line is shown with its time, function and text, in the colour of its level', () => {
  const colors = picocolors.createColors(true);
  const line = { function: 'Beat', timestamp: Date.now(), origin: 'handler', text: 'oh' } as const;
  const [plain, error, warning] = [undefined, 'ERROR', 'WARN'].map((level) => formatLogLine({ ...line, level }, 6, colors));
  expect(plain).toContain(`${colors.bold('Beat  ')} oh`);
  expect(error).toContain(colors.red('oh'));
  expect(warning).toContain(colors.yellow('oh'));
});
