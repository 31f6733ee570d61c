import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';

/**
 * Runtime of TypeScript and JavaScript code, and of the handlers of this package.
 *
 * @internal
 */
export const DEFAULT_NODEJS_RUNTIME = lambda.Runtime.NODEJS_24_X;

/**
 * Runtime of Python code.
 *
 * @internal
 */
export const DEFAULT_PYTHON_RUNTIME = lambda.Runtime.PYTHON_3_13;

/** @internal */
export const DEFAULT_ARCHITECTURE = lambda.Architecture.ARM_64;

/**
 * Memory of a function, in MiB.
 *
 * @internal
 */
export const DEFAULT_MEMORY_MIB = 256;

/**
 * Timeout of a function.
 *
 * @internal
 */
export const DEFAULT_TIMEOUT = Duration.minutes(1);
