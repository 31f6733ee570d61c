import { ArnFormat, Stack, Token } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { formatValue, ValidationError } from '../private/errors';

/** @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
const PREFIX = /^[a-zA-Z0-9-_]{1,63}$/;
const QUALIFIED_NAME = /^[a-zA-Z0-9-_]{1,64}(:(\$LATEST|[a-zA-Z0-9-_]{1,128}))?$/;
const FUNCTION_ARN =
  /^arn:aws[a-z-]*:lambda:[a-z]{2,4}(-[a-z]+)+-\d{1,2}:\d{12}:function:[a-zA-Z0-9-_]{1,64}(:(\$LATEST|[a-zA-Z0-9-_]{1,128}))?$/;
const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/;
const NAME_MAX_LENGTH = 64;

/** Where a function is that is known by its name. */
export interface NamedTargetOptions {
  /**
   * Region of the function.
   *
   * @default - that of the invoker's stack
   */
  readonly region?: string;
}

/** What a target is bound with. */
export interface InvokerTargetBindOptions {
  /**
   * Account of a function that is known by its name.
   *
   * @default - that of the invoker's stack
   */
  readonly account?: string;
}

/** What callers need to know of a target, and may invoke. */
export interface InvokerTargetConfig {
  /** Name, ARN or ARN of an alias of the function; with a prefix the rest of its name. */
  readonly functionName: string;

  /**
   * What the name begins with.
   *
   * @default - nothing
   */
  readonly functionPrefix?: string;

  /**
   * Region of the function.
   *
   * @default - that of the ARN, else that of the caller
   */
  readonly region?: string;

  /** What callers may invoke: exactly these ARNs. */
  readonly resourceArns: string[];
}

/** The function of a module. */
export abstract class InvokerTarget {
  /**
   * A function, or a version or an alias of one. Callers may invoke that one alone: of an alias not the function behind it,
   * of a function none of its versions and aliases.
   */
  public static function(fn: lambda.IFunction): InvokerTarget {
    const behind = (fn as Partial<lambda.Version | lambda.Alias>).lambda ?? fn;
    return new BoundTarget(() => ({ functionName: fn.functionArn, resourceArns: [fn.functionArn] }), behind);
  }

  /**
   * A function of the invoker's account that this app does not make.
   *
   * @param functionName its name, 1 to 64 letters, digits, '-' and '_'; with ':' and a version or an alias, or without
   * @throws when it is no such name; callers could not invoke it
   */
  public static name(functionName: string, options: NamedTargetOptions = {}): InvokerTarget {
    requireName(functionName);
    requireRegion(options.region);
    return new BoundTarget((scope, { account }) => ({
      functionName,
      region: options.region,
      resourceArns: [functionArn(scope, functionName, options.region, account)],
    }));
  }

  /**
   * A function that this app does not make, such as one of another account.
   *
   * @param functionArn its ARN; with ':' and a version or an alias, or without
   * @throws when it is no ARN of a function
   */
  public static arn(functionArn: string): InvokerTarget {
    if (!Token.isUnresolved(functionArn) && !FUNCTION_ARN.test(functionArn)) {
      throw new ValidationError(
        `the ARN of a function must be arn:aws:lambda:region:account:function:name, with ':' and a version or an alias or without, got: ${formatValue(functionArn)}`,
      );
    }
    return new BoundTarget(() => ({ functionName: functionArn, resourceArns: [functionArn] }));
  }

  /**
   * A function of the invoker's account whose name begins with a prefix. Callers may invoke every function whose name begins
   * with it.
   *
   * @param functionPrefix what its name begins with: letters, digits, '-' and '_'
   * @param functionName the rest of its name; with ':' and a version or an alias, or without. With the prefix it has at most 64
   * characters
   * @throws when they are no such names; an ARN has no prefix
   */
  public static prefix(functionPrefix: string, functionName: string, options: NamedTargetOptions = {}): InvokerTarget {
    if (!Token.isUnresolved(functionPrefix) && !PREFIX.test(functionPrefix)) {
      throw new ValidationError(
        `the prefix of functions must have 1 to 63 letters, digits, '-' and '_', got: ${formatValue(functionPrefix)}`,
      );
    }
    if (!Token.isUnresolved(functionName) && functionName.startsWith('arn:')) {
      throw new ValidationError(
        `a prefix must go with the name of a function, not with an ARN, got: ${formatValue(functionName)}`,
      );
    }
    requireName(functionName);
    const full = `${functionPrefix}${functionName}`;
    if (!Token.isUnresolved(full) && full.split(':', 1)[0].length > NAME_MAX_LENGTH) {
      throw new ValidationError(
        `the name of a function may have ${NAME_MAX_LENGTH} characters, prefix included, got: ${formatValue(full)}`,
      );
    }
    requireRegion(options.region);
    return new BoundTarget((scope, { account }) => ({
      functionName,
      functionPrefix,
      region: options.region,
      resourceArns: [functionArn(scope, `${functionPrefix}*`, options.region, account)],
    }));
  }

  /**
   * The function of this app that it leads to, also by an alias.
   *
   * @internal
   */
  public abstract readonly _fn?: lambda.IFunction;

  /** Says what callers need of it. Called by the invoker. */
  public abstract bind(scope: IConstruct, options: InvokerTargetBindOptions): InvokerTargetConfig;
}

class BoundTarget extends InvokerTarget {
  public constructor(
    private readonly binding: InvokerTarget['bind'],
    public readonly _fn?: lambda.IFunction,
  ) {
    super();
  }

  public bind(scope: IConstruct, options: InvokerTargetBindOptions): InvokerTargetConfig {
    return this.binding(scope, options);
  }
}

function requireName(name: string): void {
  if (Token.isUnresolved(name) || QUALIFIED_NAME.test(name)) return;
  throw new ValidationError(
    `the name of a function must have 1 to 64 letters, digits, '-' and '_', with ':' and a version or an alias or without, got: ${formatValue(name)}`,
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
