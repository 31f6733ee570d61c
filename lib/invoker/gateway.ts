import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { FUNCTION_SETTINGS } from '../function/option-names';
import { OwnFunction } from '../function/own-function';
import { type OptionNames, refuseUnknownOptions } from '../private/unknown-options';
import type { AdapterGatewayOptions } from './gateway-options';

const GATEWAY_OPTIONS: OptionNames<AdapterGatewayOptions> = { ...FUNCTION_SETTINGS, name: true, stage: true, url: true };

/** Memory of the gateway, in MiB. */
const MEMORY_MIB = 512;

/**
 * Creates the gateway function of an invoker. Its URL requires signed requests.
 *
 * @internal
 */
export function newGateway(scope: Construct, id: string, props: AdapterGatewayOptions) {
  refuseUnknownOptions('the gateway of an AdapterInvoker', props, GATEWAY_OPTIONS, scope);
  const { url = true, ...options } = props;
  const fn = new OwnFunction(scope, id, {
    ...options,
    handler: 'invoker-gateway',
    memorySize: options.memorySize ?? MEMORY_MIB,
    description: 'Calls modules for other callers, and reports their health',
  });
  return { fn, url: url ? fn.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.AWS_IAM }) : undefined };
}
