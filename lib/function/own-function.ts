import type { Construct } from 'constructs';
import { handlerCode } from '../packaging/handler-code';
import { DEFAULT_NODEJS_RUNTIME } from '../private/defaults';
import type { FunctionOptions } from './function-options';
import { ManagedFunction } from './managed-function';
import { Source } from './source';

interface OwnFunctionProps extends Omit<FunctionOptions, 'source' | 'runtime'> {
  /** Folder of the handler below lambda/. */
  readonly handler: string;
}

/**
 * Function whose handler this package ships.
 *
 * @internal
 */
export class OwnFunction extends ManagedFunction {
  public constructor(scope: Construct, id: string, { handler, ...options }: OwnFunctionProps) {
    super(scope, id, {
      ...options,
      source: Source.code(handlerCode(handler), { handler: 'index.handler', runtime: DEFAULT_NODEJS_RUNTIME }),
    });
  }
}
