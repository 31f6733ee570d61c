import { ACCOUNT_ID, FUNCTION_NAME, QUALIFIER } from '../../lib/limits/constants';
import { parseArn } from './arn';
import { invalid } from './checks';

/** The parts of the name or ARN of a function. */
export interface FunctionName {
  /** The function name alone. */
  readonly name: string;
  /** The `FunctionName` parameter of the Lambda API: the name, or the ARN without the qualifier when an ARN was passed. */
  readonly reference: string;
  /** A version or an alias. */
  readonly qualifier?: string;
  readonly region?: string;
  readonly account?: string;
}

const RULE = "function name must have 1 to 64 letters, digits, '-' and '_', or be an ARN, each with or without ':qualifier'";

/**
 * Parses `name`, `name:qualifier`, `account:function:name[:qualifier]` and `arn:…:lambda:region:account:function:name[:qualifier]`.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 * @throws InvalidParameterError when the text is none of these
 */
export function parseFunctionName(text: string): FunctionName {
  const { prefix, rest, region, account } = split(text);
  const [name = '', qualifier, ...more] = rest;
  if (more.length > 0 || !FUNCTION_NAME.test(name) || (qualifier !== undefined && !QUALIFIER.test(qualifier))) {
    throw invalid(RULE, text);
  }
  return { name, reference: `${prefix}${name}`, qualifier, region, account };
}

/** Splits the text into what comes before the name, and the name with its qualifier. */
function split(text: string): {
  readonly prefix: string;
  readonly rest: readonly string[];
  readonly region?: string;
  readonly account?: string;
} {
  if (typeof text !== 'string') throw invalid(RULE, text);
  const arn = parseArn(text);
  if (arn) {
    const [kind, ...rest] = arn.resource.split(':');
    if (arn.service !== 'lambda' || kind !== 'function' || !arn.region || !arn.accountId) throw invalid(RULE, text);
    const prefix = text.slice(0, text.length - rest.join(':').length);
    return { prefix, rest, region: arn.region, account: arn.accountId };
  }
  const [account = '', kind, ...rest] = text.split(':');
  if (account === 'arn') throw invalid(RULE, text);
  if (kind !== 'function') return { prefix: '', rest: text.split(':') };
  if (!ACCOUNT_ID.test(account)) throw invalid(RULE, text);
  return { prefix: `${account}:function:`, rest, account };
}
