import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { ManagedFunction } from '../function/managed-function';
import { Source } from '../function/source';
import { handlerCode } from '../packaging/handler-code';
import type { AdapterGatewayOptions } from './gateway-options';

/**
 * The gateway function of an invoker. Its URL, where it has one, asks for IAM.
 *
 * @internal
 */
export function newGateway(scope: Construct, id: string, options: AdapterGatewayOptions) {
  const { url = true, ...rest } = options;
  const fn = new ManagedFunction(scope, id, {
    ...rest,
    memorySize: options.memorySize ?? 512,
    timeout: options.timeout ?? Duration.minutes(1),
    source: Source.code(handlerCode('invoker-gateway'), { handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X }),
    description: 'Calls modules for others, and tells their health',
  });
  return { fn, url: url ? fn.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.AWS_IAM }) : undefined };
}
