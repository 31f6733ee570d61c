import { invalid } from './checks';

/** A function as its name or ARN says. */
export interface FunctionName {
  /** The name alone. */
  readonly name: string;
  /** What the API is to be given: the name, or the ARN without qualifier where one was given. */
  readonly reference: string;
  /** A version or an alias. */
  readonly qualifier?: string;
  readonly region?: string;
  readonly account?: string;
}

const NAME = /^[a-zA-Z0-9-_]{1,64}$/;
const QUALIFIER = /^(\$LATEST|[a-zA-Z0-9-_]{1,128})$/;
const RULE =
  "the name of a function must be a name of 1 to 64 letters, digits, '-' and '_', or an ARN, each with ':qualifier' or without";

/**
 * Reads `name`, `name:qualifier`, `account:function:name[:qualifier]` and `arn:…:lambda:region:account:function:name[:qualifier]`.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 * @throws InvalidParameterError when it is none of them
 */
export function parseFunctionName(text: string): FunctionName {
  const parts = typeof text === 'string' ? text.split(':') : [];
  const isArn = parts[0] === 'arn';
  const isPartial = !isArn && parts[1] === 'function';
  const prefix = parts.splice(0, isArn ? 6 : isPartial ? 2 : 0);
  const [name = '', qualifier, ...more] = parts;
  const [, , service, region, account, kind] = isArn ? prefix : [];
  const isFunction = !isArn || (service === 'lambda' && kind === 'function' && Boolean(region && account));
  const isAccount = !isPartial || /^\d{12}$/.test(prefix[0] ?? '');
  if (
    !isFunction ||
    !isAccount ||
    more.length > 0 ||
    !NAME.test(name) ||
    (qualifier !== undefined && !QUALIFIER.test(qualifier))
  ) {
    throw invalid(RULE, text);
  }
  return {
    name,
    reference: [...prefix, name].join(':'),
    qualifier,
    region: region || undefined,
    account: account ?? (isPartial ? prefix[0] : undefined),
  };
}

/** @throws InvalidParameterError when it is no version and no name of an alias */
export function requireQualifier(qualifier: string): string {
  if (!QUALIFIER.test(qualifier))
    throw invalid("a qualifier must be '$LATEST', the number of a version or the name of an alias", qualifier);
  return qualifier;
}
