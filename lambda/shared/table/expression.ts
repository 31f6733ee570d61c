import { PARTITION_KEY } from '../../../lib/runs/constants';

/** An expression of DynamoDB, with the names and values of its placeholders. */
export interface Expression {
  readonly text: string;
  /** Attribute names by their placeholders, such as `#state`. */
  readonly names?: Readonly<Record<string, string>>;
  /** Values by their placeholders, such as `:state`. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Whether the text needs parentheses within an AND. DynamoDB refuses those that are redundant. */
  readonly isOr?: boolean;
}

/** Holds for an item that does not exist yet. */
export const ITEM_ABSENT: Expression = { text: `attribute_not_exists(${PARTITION_KEY})` };

/** Holds where all conditions hold. */
export function allOf(...conditions: readonly Expression[]): Expression {
  return { ...placeholders(...conditions), text: conditions.map(({ text, isOr }) => (isOr ? `(${text})` : text)).join(' AND ') };
}

/** Holds where one of the conditions holds. */
export function anyOf(...conditions: readonly Expression[]): Expression {
  return {
    ...placeholders(...conditions),
    text: conditions.map(({ text }) => text).join(' OR '),
    isOr: conditions.length > 1 || conditions[0]?.isOr,
  };
}

/** The assignments of a SET clause. Fields that are undefined are left unchanged. */
export function assignments(fields: Readonly<Record<string, unknown>>): Expression {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return {
    text: given.map(([name]) => `#${name} = :${name}`).join(', '),
    names: Object.fromEntries(given.map(([name]) => [`#${name}`, name])),
    values: Object.fromEntries(given.map(([name, value]) => [`:${name}`, value])),
  };
}

/** The names and values of some expressions; of none, what DynamoDB takes as none. */
export function placeholders(...expressions: readonly (Expression | undefined)[]): Pick<Expression, 'names' | 'values'> {
  return { names: merged(expressions.map((one) => one?.names)), values: merged(expressions.map((one) => one?.values)) };
}

function merged<T>(records: readonly (Readonly<Record<string, T>> | undefined)[]): Record<string, T> | undefined {
  const all = Object.assign({}, ...records) as Record<string, T>;
  return Object.keys(all).length > 0 ? all : undefined;
}
