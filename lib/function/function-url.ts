import { Annotations, CfnOutput } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';

/** Who may call a function by its URL, and how it answers. */
export interface UrlOptions {
  /**
   * Whether anyone on the internet may call it. Otherwise a caller signs the request, and needs what `grantInvokeUrl` gives.
   *
   * @default false
   */
  readonly public?: boolean;

  /**
   * What web pages of other origins may do.
   *
   * @default - nothing
   */
  readonly cors?: lambda.FunctionUrlCorsOptions;

  /**
   * Whether the answer goes out when it is complete (at most 6 MB), or as it is written (at most 200 MB). To be streamed,
   * a handler is made with `awslambda.streamifyResponse`, and its runs are not tracked.
   *
   * @default lambda.InvokeMode.BUFFERED
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
   */
  readonly invokeMode?: lambda.InvokeMode;

  /**
   * Whether the address is an output of the stack: there `cdk deploy` and `katamari local` print it.
   *
   * @default true
   */
  readonly output?: boolean;
}

/**
 * Gives a function or an alias a URL.
 *
 * @param name of the function, for what is said of it
 *
 * @internal
 */
export function functionUrl(target: lambda.IFunction, name: string, options: UrlOptions): lambda.FunctionUrl {
  const url = new lambda.FunctionUrl(target, 'FunctionUrl', {
    function: target,
    authType: options.public ? lambda.FunctionUrlAuthType.NONE : lambda.FunctionUrlAuthType.AWS_IAM,
    cors: options.cors,
    invokeMode: options.invokeMode,
  });
  if (options.public) {
    Annotations.of(target).addWarningV2(
      'cdk-katamari:publicFunctionUrl',
      `'${name}' has a public URL: anyone on the internet may call it, as often as they like, at your cost. Check who calls in the handler, or leave 'public' out`,
    );
  }
  if (options.output ?? true) new CfnOutput(target, 'Url', { value: url.url, description: `Address of '${name}'` });
  return url;
}

/**
 * The same options in the words of this library. The CDK makes no output of its URLs.
 *
 * @internal
 */
export function fromCdk({ authType, cors, invokeMode }: lambda.FunctionUrlOptions): UrlOptions {
  return { public: authType === lambda.FunctionUrlAuthType.NONE, cors, invokeMode, output: false };
}
