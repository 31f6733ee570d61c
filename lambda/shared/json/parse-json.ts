/** Digits of which a number can hold every integer. Longer ones need the parser below. */
const LONG_NUMBER = /\d{16}/;

/** How the parser converts a number with a fraction or an exponent. */
export type ToFloat = (text: string) => unknown;

/**
 * Parses JSON with the result and the errors of Python's `json.loads`: integers that a number can't hold exactly become bigints,
 * and `NaN`, `Infinity` and `-Infinity` are numbers. A byte order mark is ignored.
 *
 * @throws SyntaxError with the message of Python, such as `Expecting value: line 1 column 1 (char 0)`
 */
export function parseJson(text: string): unknown {
  if (!LONG_NUMBER.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      // The parser below accepts more, and has the messages of Python.
    }
  }
  return scanJson(text);
}

/** Parses JSON as `parseJson` does. @param toFloat converts a number with a fraction or an exponent */
export function scanJson(text: string, toFloat: ToFloat = Number): unknown {
  return new Parser(text.startsWith('\uFEFF') ? text.slice(1) : text, toFloat).parse();
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /(-?(?:0|[1-9]\d*))(\.\d+)?([eE][-+]?\d+)?/y;
const PLAIN = /(?:[^"\\\p{Cc}]|[\x7f-\x9f])*/uy;
const HEX = /[0-9a-fA-F]{4}/y;
const WORDS: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
];
const ESCAPES = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Recursive descent, with the rules and the positions of errors of Python's parser. */
class Parser {
  private at = 0;

  public constructor(
    private readonly text: string,
    private readonly toFloat: ToFloat,
  ) {}

  public parse(): unknown {
    this.match(SPACE);
    const value = this.value();
    this.match(SPACE);
    if (this.at < this.text.length) throw this.error('Extra data');
    return value;
  }

  private value(): unknown {
    const next = this.text[this.at];
    if (next === '"') return this.string();
    if (next === '{') return this.object();
    if (next === '[') return this.array();
    for (const [word, value] of WORDS) {
      if (!this.text.startsWith(word, this.at)) continue;
      this.at += word.length;
      return value;
    }
    const number = this.match(NUMBER);
    if (!number) throw this.error('Expecting value');
    const [literal, integer = '', fraction, exponent] = number;
    if (fraction !== undefined || exponent !== undefined) return this.toFloat(literal);
    const value = Number(integer);
    return Number.isSafeInteger(value) ? value : BigInt(integer);
  }

  private object(): unknown {
    const entries: [string, unknown][] = [];
    this.at += 1;
    this.match(SPACE);
    if (this.skip('}')) return {};
    for (;;) {
      if (this.text[this.at] !== '"') throw this.error('Expecting property name enclosed in double quotes');
      const key = this.string();
      this.match(SPACE);
      if (!this.skip(':')) throw this.error("Expecting ':' delimiter");
      this.match(SPACE);
      entries.push([key, this.value()]);
      this.match(SPACE);
      // `fromEntries` makes `__proto__` a property like any other.
      if (this.skip('}')) return Object.fromEntries(entries);
      if (!this.skip(',')) throw this.error("Expecting ',' delimiter");
      this.match(SPACE);
    }
  }

  private array(): unknown {
    const items: unknown[] = [];
    this.at += 1;
    this.match(SPACE);
    if (this.skip(']')) return items;
    for (;;) {
      items.push(this.value());
      this.match(SPACE);
      if (this.skip(']')) return items;
      if (!this.skip(',')) throw this.error("Expecting ',' delimiter");
      this.match(SPACE);
    }
  }

  private string(): string {
    const start = this.at;
    const parts: string[] = [];
    this.at += 1;
    for (;;) {
      parts.push(this.match(PLAIN)?.[0] ?? '');
      if (this.skip('"')) return parts.join('');
      if (this.at >= this.text.length) throw this.error('Unterminated string starting at', start);
      if (!this.skip('\\')) throw this.error('Invalid control character at');
      parts.push(this.escape(start));
    }
  }

  private escape(start: number): string {
    const character = this.text[this.at];
    if (character === undefined) throw this.error('Unterminated string starting at', start);
    if (character === 'u') {
      const position = this.at;
      this.at += 1;
      const digits = this.match(HEX)?.[0];
      // A string can't end with the digits: a quote must follow.
      if (digits === undefined || this.at >= this.text.length) throw this.error('Invalid \\uXXXX escape', position);
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const escaped = ESCAPES.get(character);
    if (escaped === undefined) throw this.error('Invalid \\escape', this.at - 1);
    this.at += 1;
    return escaped;
  }

  private match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text) ?? undefined;
    if (found) this.at = pattern.lastIndex;
    return found;
  }

  private skip(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  /** Python counts characters, JavaScript counts UTF-16 code units. */
  private error(message: string, at: number = this.at): SyntaxError {
    const before = this.text.slice(0, at);
    const lines = before.split('\n');
    const column = [...(lines.at(-1) ?? '')].length + 1;
    return new SyntaxError(`${message}: line ${lines.length} column ${column} (char ${[...before].length})`);
  }
}
