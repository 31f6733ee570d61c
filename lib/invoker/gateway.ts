import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { OwnFunction } from '../function/own-function';
import type { AdapterGatewayOptions } from './gateway-options';

/** Memory of the gateway, in MiB. */
const MEMORY_MIB = 512;

/**
 * Creates the gateway function of an invoker. Its URL requires signed requests.
 *
 * @internal
 */
export function newGateway(scope: Construct, id: string, { url = true, ...options }: AdapterGatewayOptions) {
  const fn = new OwnFunction(scope, id, {
    ...options,
    handler: 'invoker-gateway',
    memorySize: options.memorySize ?? MEMORY_MIB,
    description: 'Calls modules for other callers, and reports their health',
  });
  return { fn, url: url ? fn.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.AWS_IAM }) : undefined };
}
