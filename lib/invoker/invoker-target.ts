import { Arn, ArnFormat, Stack, Token } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import {
  ACCOUNT_ID,
  FUNCTION_NAME,
  FUNCTION_NAME_MAX_LENGTH,
  FUNCTION_PREFIX_MAX_LENGTH,
  QUALIFIER,
  REGION,
} from '../limits/constants';
import { formatValue, ValidationError } from '../private/errors';
import { refuseUnknownOptions } from '../private/unknown-options';

/** Options of a target that is known by name. */
export interface NamedTargetOptions {
  /**
   * Region of the function.
   *
   * @default - the region of the invoker's stack
   */
  readonly region?: string;
}

/** Options of `InvokerTarget.bind`. */
export interface InvokerTargetBindOptions {
  /**
   * Account of a function that is known by name.
   *
   * @default - the account of the invoker's stack
   */
  readonly account?: string;
}

/** How callers invoke a target. */
export interface InvokerTargetConfig {
  /** Name, ARN or alias ARN of the function. With `functionPrefix`, the name without the prefix. */
  readonly functionName: string;

  /**
   * Prefix of the function name.
   *
   * @default - none
   */
  readonly functionPrefix?: string;

  /**
   * Region of the function.
   *
   * @default - the region of the ARN, otherwise the region of the caller
   */
  readonly region?: string;

  /** ARNs that callers may invoke, and no others. */
  readonly resourceArns: string[];

  /**
   * The function behind the target, also behind an alias or a version.
   *
   * @default - none: this app does not contain the function
   */
  readonly fn?: lambda.IFunction;
}

/** The function of a module. */
export class InvokerTarget {
  /**
   * A function, or a version or an alias of a function. Grants cover only this ARN: not the function
   * behind an alias, nor a function's versions and aliases.
   */
  public static function(fn: lambda.IFunction): InvokerTarget {
    const behind = (fn as Partial<lambda.Version | lambda.Alias>).lambda ?? fn;
    return new InvokerTarget(() => ({ functionName: fn.functionArn, resourceArns: [fn.functionArn], fn: behind }));
  }

  /**
   * A function of the invoker's account that this app does not contain.
   *
   * @param functionName function name of 1 to 64 letters, digits, '-' and '_', optionally followed by ':' and a version or alias
   * @throws when `functionName` is invalid
   */
  public static name(functionName: string, options: NamedTargetOptions = {}): InvokerTarget {
    refuseUnknownOptions('InvokerTarget.name', options, { region: true });
    requireName(functionName);
    requireRegion(options.region);
    return new InvokerTarget((scope, { account }) => ({
      functionName,
      region: options.region,
      resourceArns: [functionArn(scope, functionName, options.region, account)],
    }));
  }

  /**
   * A function that this app does not contain, such as a function of another account.
   *
   * @param functionArn ARN of the function, optionally followed by ':' and a version or alias
   * @throws when `functionArn` is not the ARN of a function
   */
  public static arn(functionArn: string): InvokerTarget {
    if (!Token.isUnresolved(functionArn) && !isFunctionArn(functionArn)) {
      throw new ValidationError(
        `a function ARN must be arn:aws:lambda:REGION:ACCOUNT:function:NAME, optionally followed by ':' and a version or alias, got: ${formatValue(functionArn)}`,
      );
    }
    return new InvokerTarget(() => ({ functionName: functionArn, resourceArns: [functionArn] }));
  }

  /**
   * A function of the invoker's account whose name starts with a prefix. Callers may invoke all functions whose names start with
   * the prefix.
   *
   * @param functionPrefix prefix of the name: letters, digits, '-' and '_'
   * @param functionName rest of the name, optionally followed by ':' and a version or alias. Together with the prefix, the name
   * must have at most 64 characters
   * @throws when a name is invalid; an ARN can't have a prefix
   */
  public static prefix(functionPrefix: string, functionName: string, options: NamedTargetOptions = {}): InvokerTarget {
    refuseUnknownOptions('InvokerTarget.prefix', options, { region: true });
    if (
      !Token.isUnresolved(functionPrefix) &&
      (!FUNCTION_NAME.test(functionPrefix) || functionPrefix.length > FUNCTION_PREFIX_MAX_LENGTH)
    ) {
      throw new ValidationError(
        `a function prefix must have 1 to ${FUNCTION_PREFIX_MAX_LENGTH} letters, digits, '-' and '_', got: ${formatValue(functionPrefix)}`,
      );
    }
    if (functionName.startsWith('arn:')) {
      throw new ValidationError(`a prefix requires a function name that is not an ARN, got: ${formatValue(functionName)}`);
    }
    requireName(functionName);
    const full = `${functionPrefix}${functionName}`;
    if (!Token.isUnresolved(full) && full.split(':', 1)[0].length > FUNCTION_NAME_MAX_LENGTH) {
      throw new ValidationError(
        `a function name must have at most ${FUNCTION_NAME_MAX_LENGTH} characters including its prefix, got: ${formatValue(full)}`,
      );
    }
    requireRegion(options.region);
    return new InvokerTarget((scope, { account }) => ({
      functionName,
      functionPrefix,
      region: options.region,
      resourceArns: [functionArn(scope, `${functionPrefix}*`, options.region, account)],
    }));
  }

  private constructor(private readonly binding: TargetBinding) {}

  /** Returns how callers invoke the target. Called by the invoker. */
  public bind(scope: IConstruct, options: InvokerTargetBindOptions): InvokerTargetConfig {
    return this.binding(scope, options);
  }
}

type TargetBinding = (scope: IConstruct, options: InvokerTargetBindOptions) => InvokerTargetConfig;

function isQualifiedName(text: string): boolean {
  const [name = '', qualifier, ...more] = text.split(':');
  return more.length === 0 && FUNCTION_NAME.test(name) && (qualifier === undefined || QUALIFIER.test(qualifier));
}

function isFunctionArn(text: string): boolean {
  if (!/^arn:aws[a-z-]*:lambda(:[^:]*){4,5}$/.test(text)) return false;
  const { region = '', account = '', resource, resourceName = '' } = Arn.split(text, ArnFormat.COLON_RESOURCE_NAME);
  return REGION.test(region) && ACCOUNT_ID.test(account) && resource === 'function' && isQualifiedName(resourceName);
}

function requireName(name: string): void {
  if (!name.startsWith('arn:') && (Token.isUnresolved(name) || isQualifiedName(name))) return;
  throw new ValidationError(
    `a function name must have 1 to 64 letters, digits, '-' and '_', optionally followed by ':' and a version or alias, got: ${formatValue(name)}`,
  );
}

function requireRegion(region: string | undefined): void {
  if (region === undefined || Token.isUnresolved(region) || REGION.test(region)) return;
  throw new ValidationError(`region must be the code of a region such as 'eu-west-1', got: ${formatValue(region)}`);
}

function functionArn(scope: IConstruct, resourceName: string, region?: string, account?: string): string {
  return Stack.of(scope).formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName,
    region,
    account,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
