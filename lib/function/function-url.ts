import { Annotations, CfnOutput } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { readable, ValidationError } from '../private/errors';
import { lengthOf } from '../private/tokens';
import { type OptionNames, refuseUnknownOptions } from '../private/unknown-options';
import { completePermissions } from './url-permissions';

const URL_ID = 'FunctionUrl';

const URL_OPTIONS: OptionNames<UrlOptions> = { cors: true, invokeMode: true, output: true, public: true };

/** Options of a function URL. */
export interface UrlOptions {
  /**
   * Whether anyone on the internet may call the URL. Otherwise callers must sign their requests and need the permissions of
   * `grantInvokeUrl`.
   *
   * @default false
   */
  readonly public?: boolean;

  /**
   * Cross-origin access for web pages.
   *
   * @default - none
   */
  readonly cors?: lambda.FunctionUrlCorsOptions;

  /**
   * Whether the response is sent when it is complete (at most 6 MB) or as it is written (at most 200 MB). A handler that streams
   * its response is made with `awslambda.streamifyResponse`, and its runs are not tracked.
   *
   * @default lambda.InvokeMode.BUFFERED
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
   */
  readonly invokeMode?: lambda.InvokeMode;

  /**
   * Whether the URL is a stack output, which `cdk deploy` and `npx cdk-katamari local` print.
   *
   * @default true
   */
  readonly output?: boolean;
}

/**
 * Adds a URL to a function or an alias.
 *
 * @param name name of the function or alias, for the output and the warning
 *
 * @internal
 */
export function addUrl(target: lambda.IFunction, name: string, options: UrlOptions): lambda.FunctionUrl {
  refuseUnknownOptions(`the URL of '${name}'`, options, URL_OPTIONS, target, { authType: 'use public: true for NONE' });
  if (target.node.tryFindChild(URL_ID)) {
    throw new ValidationError(`'${name}' must have at most one URL, got: a second one; use the first, or add an alias`, target);
  }
  const shown = readable(name);
  // Refuses a token that the CDK could not convert.
  if (options.cors?.maxAge) lengthOf(`maxAge of the CORS settings of '${name}'`, options.cors.maxAge, 'seconds', target);
  const url = new lambda.FunctionUrl(target, URL_ID, {
    function: target,
    authType: options.public ? lambda.FunctionUrlAuthType.NONE : lambda.FunctionUrlAuthType.AWS_IAM,
    cors: options.cors,
    invokeMode: options.invokeMode,
  });
  completePermissions(url);
  if (options.public) {
    Annotations.of(target).addWarningV2(
      'cdk-katamari:publicFunctionUrl',
      `'${shown}' has a public URL: anyone on the internet can call it, at your cost; check the caller in the handler, or leave out 'public'`,
    );
  }
  if (options.output ?? true) new CfnOutput(target, 'Url', { value: url.url, description: `Address of '${shown}'` });
  return url;
}

/**
 * Converts the CDK's options of a function URL, which know no stack output.
 *
 * @internal
 */
export function urlOptionsOf({ authType, cors, invokeMode }: lambda.FunctionUrlOptions): UrlOptions {
  return { public: authType === lambda.FunctionUrlAuthType.NONE, cors, invokeMode, output: false };
}
