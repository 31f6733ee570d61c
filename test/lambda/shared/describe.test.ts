import { describe as describeError } from '../../../lambda/shared/describe';
import { cutText, excerpt } from '../../../lambda/shared/text';

const throwing = (key: string) =>
  Object.defineProperty(new Error('own'), key, {
    get() {
      throw new Error('not now');
    },
  });
const circle: Record<string, unknown> = { code: 7 };
circle.self = circle;

test.each<[string, unknown, string, string]>([
  ['an error', new RangeError('far'), 'RangeError', 'far'],
  ['an error without a message', new Error(''), 'Error', ''],
  [
    'an error without a message, but with a code',
    Object.assign(new Error(''), { code: 'ECONNREFUSED' }),
    'Error',
    '{"code":"ECONNREFUSED"}',
  ],
  ['an error with a number as its message', Object.assign(new Error(''), { message: 7 }), 'Error', '7'],
  ['an error with an object as its message', Object.assign(new Error(''), { message: { code: 7 } }), 'Error', '{"code":7}'],
  [
    'a message without a prototype',
    Object.assign(new Error(''), { message: Object.create(null) }),
    'Error',
    '[Object: null prototype] {}',
  ],
  ['a message getter that throws', throwing('message'), 'Error', 'the message of the error cannot be read'],
  ['a name getter that throws', throwing('name'), 'Error', 'own'],
  ['a name that is no text', Object.assign(new Error('own'), { name: Object.create(null) }), 'Error', 'own'],
  ['an object', { code: 7, reason: 'no' }, 'Error', '{"code":7,"reason":"no"}'],
  ['an object that JSON cannot represent', circle, 'Error', '<ref *1> { code: 7, self: [Circular *1] }'],
  ['an object with a BigInt', { total: 10n }, 'Error', '{ total: 10n }'],
  ['an empty object', {}, 'Error', '{}'],
  ['a list', ['no'], 'Error', '["no"]'],
  [
    'an object that refuses everything',
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('not now');
        },
        ownKeys: () => {
          throw new Error('not now');
        },
      },
    ),
    'Error',
    'the message of the error cannot be read',
  ],
  ['a text', 'no', 'string', 'no'],
  ['a symbol', Symbol('no'), 'symbol', 'Symbol(no)'],
  ['a BigInt', 10n, 'bigint', '10'],
  ['undefined', undefined, 'undefined', 'undefined'],
  ['null', null, 'object', 'null'],
  ['half of an emoji', new Error('bad: \ud83d!'), 'Error', 'bad: ?!'],
  ['a name with half of an emoji', Object.assign(new Error('own'), { name: 'E\udca9' }), 'E?', 'own'],
  ['a text of emojis that is too long', new Error('😀'.repeat(1_001)), 'Error', '😀'.repeat(1_000)],
  ['an emoji at the limit', new Error(`${'x'.repeat(999)}😀y`), 'Error', `${'x'.repeat(999)}😀`],
  ['a name that is too long', Object.assign(new Error('own'), { name: 'N'.repeat(201) }), 'N'.repeat(200), 'own'],
])('of %s', (_what, thrown, errorType, errorMessage) => {
  expect(describeError(thrown)).toEqual({ errorType, errorMessage });
});

test('a text is never cut within a character', () => {
  expect(cutText('a😀b', 2)).toBe('a😀');
  expect(cutText('a😀b', 1)).toBe('a');
  expect(excerpt('a😀b', 2)).toBe('a😀…');
  expect(excerpt('a😀b', 3)).toBe('a😀b');
});
