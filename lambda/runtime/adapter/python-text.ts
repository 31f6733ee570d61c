/** A number with a fraction or an exponent, which Python shows in its own way: `1.0`, `1e+16`. */
export class PythonFloat {
  /** @param literal the number in JSON */
  public constructor(private readonly literal: string) {}

  /** Python and JavaScript use the same digits, but Python switches to an exponent earlier, and marks floats. */
  public toString(): string {
    const value = Number(this.literal);
    if (!Number.isFinite(value)) return String(value).replace('Infinity', 'inf');
    const [mantissa = '', exponent = ''] = value.toExponential().split('e');
    const power = Number(exponent);
    if (value !== 0 && (power < -4 || power >= 16)) {
      return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
    }
    const plain = power < 0 && value !== 0 ? value.toFixed(digitsOf(mantissa) - 1 - power) : String(value);
    const signed = Object.is(value, -0) ? '-0' : plain;
    return signed.includes('.') ? signed : `${signed}.0`;
  }
}

const digitsOf = (mantissa: string) => mantissa.replace(/[-.]/g, '').length;

/**
 * Formats a JSON value as Python does: `{'errorType': 'E', 'tries': None}`. The original LambdaAdapter reports function errors
 * in this form, which alarms on its log may match.
 */
export function pythonText(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(pythonText).join(', ')}]`;
  if (value instanceof PythonFloat) return value.toString();
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, one]) => `${quoted(key)}: ${pythonText(one)}`)
      .join(', ')}}`;
  }
  // NaN and the infinities.
  return String(value).replace('NaN', 'nan').replace('Infinity', 'inf');
}

const ESCAPES = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);
/** Characters that Python escapes: those that can't be printed, and all spaces but the ordinary one. */
const ESCAPED = /[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(ESCAPED, (one) => ESCAPES.get(one) ?? hexadecimal(one));
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`;
}

function hexadecimal(character: string): string {
  const code = character.codePointAt(0) as number;
  const [letter, digits] = code < 0x100 ? ['x', 2] : code < 0x10000 ? ['u', 4] : ['U', 8];
  return `\\${letter}${code.toString(16).padStart(digits as number, '0')}`;
}
