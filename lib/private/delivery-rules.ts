import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { ValidationError } from './errors';

interface Options {
  readonly durableConfig?: lambda.DurableConfig;
  readonly tenancyConfig?: lambda.TenancyConfig;
}

/**
 * Refuses a function that events and schedules cannot invoke, because they name neither a version nor a tenant.
 *
 * @param source option that makes something invoke the function
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html
 *
 * @internal
 */
export function requireDeliverable(scope: IConstruct, functionName: string, source: string, options: Options): void {
  const { durableConfig, tenancyConfig } = options;
  if (!durableConfig && !tenancyConfig) return;
  const [option, lacking] = durableConfig ? ['durableConfig', 'version'] : ['tenancyConfig', 'tenant'];
  throw new ValidationError(
    `${option} must not be set with ${source}, which names no ${lacking}, got both for '${functionName}'; leave out ${source} and invoke the function yourself`,
    scope,
  );
}
