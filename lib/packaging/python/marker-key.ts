const COMPARISON = /^\s*(\w+)\s*(===|[<>=!]=|[<>])\s*(['"])([^'"]*)\3\s*$/;
const REVERSED = /^\s*(['"])([^'"]*)\1\s*([=!]=)\s*(\w+)\s*$/;

/**
 * Environment marker in the form that uv writes to a lock. uv turns `python_version > '3.9'` into `python_full_version >= '3.10'`,
 * and rewrites markers that combine comparisons of one variable.
 *
 * @returns empty where there is no marker; undefined for a marker that uv may have rewritten
 *
 * @internal
 */
export function markerKey(marker: string): string | undefined {
  if (marker.trim() === '') return '';
  const both = /\band\b/.test(marker);
  const either = /\bor\b/.test(marker);
  if (both && either) return undefined;
  const parts = marker.replace(/[()]/g, ' ').split(/\b(?:and|or)\b/);
  const comparisons = parts.map(comparisonKey);
  // A lower and an upper bound of one variable stay as they are.
  const variables = comparisons.map((comparison) => (both ? /^\w+( [<>])?/ : /^\w+/).exec(comparison ?? '')?.[0]);
  const isTwice = (name = '') => variables.some((other) => other !== name && other?.startsWith(name));
  const isMixed = new Set(variables).size < variables.length || variables.some(isTwice);
  if (comparisons.includes(undefined) || isMixed) return undefined;
  return comparisons.sort().join(either ? ' or ' : ' and ');
}

function comparisonKey(text: string): string | undefined {
  const [, , swapped, equality, last] = REVERSED.exec(text) ?? [];
  const [, variable = last, operator = equality, , value = swapped] = COMPARISON.exec(text) ?? [];
  if (variable === undefined || operator === undefined || value === undefined || operator === '===') return undefined;
  if (variable !== 'python_version') return `${variable} ${operator} '${value}'`;
  const [, major, minor] = /^(\d+)\.(\d+)$/.exec(value) ?? [];
  if (minor === undefined) return undefined;
  const next = `${major}.${Number(minor) + 1}`;
  if (operator === '>') return `python_full_version >= '${next}'`;
  if (operator === '<=') return `python_full_version < '${next}'`;
  return `python_full_version ${operator} '${value}${/[=!]=/.test(operator) && !/[<>]/.test(operator) ? '.*' : ''}'`;
}
