import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { OwnFunction } from '../function/own-function';
import type { AdapterGatewayOptions } from './gateway-options';

/** Memory of the gateway, in MiB. */
const MEMORY_MIB = 512;

/**
 * The gateway function of an invoker. Its URL, where it has one, asks for IAM.
 *
 * @internal
 */
export function newGateway(scope: Construct, id: string, { url = true, ...options }: AdapterGatewayOptions) {
  const fn = new OwnFunction(scope, id, {
    ...options,
    handler: 'invoker-gateway',
    memorySize: options.memorySize ?? MEMORY_MIB,
    description: 'Calls modules for others, and tells their health',
  });
  return { fn, url: url ? fn.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.AWS_IAM }) : undefined };
}
