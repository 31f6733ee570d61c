import { type Duration, Token } from 'aws-cdk-lib';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { ALIAS_NAME, ASYNCHRONOUS_RETRIES, EVENT_AGE_SECONDS } from '../limits/constants';
import { formatValue, requireIntegerBetween, ValidationError } from '../private/errors';
import { requireDurationBetween } from '../private/tokens';
import { type OptionNames, refuseUnknownOptions } from '../private/unknown-options';
import { addUrl, type UrlOptions, urlOptionsOf } from './function-url';
import { TrafficShift } from './traffic-shift';

/** Options of an alias. */
export interface TrafficAliasOptions {
  /**
   * Way in which traffic moves to a new version.
   *
   * @default TrafficShift.allAtOnce()
   */
  readonly shift?: TrafficShift;

  /**
   * Description of the alias: at most 256 characters.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Execution environments that Lambda keeps initialized, at extra cost: 1 or more.
   *
   * @default - none
   */
  readonly provisionedConcurrentExecutions?: number;

  /**
   * Retries after an asynchronous invocation of the alias failed: 0 to 2.
   *
   * @default 2
   */
  readonly retryAttempts?: number;

  /**
   * Maximum age of an event for which Lambda invokes the alias: 1 minute to 6 hours.
   *
   * @default Duration.hours(6)
   */
  readonly maxEventAge?: Duration;

  /**
   * Destination of the record of an asynchronous invocation of the alias that failed in every attempt.
   *
   * @default - none
   */
  readonly onFailure?: lambda.IDestination;

  /**
   * Destination of the record of an asynchronous invocation of the alias that succeeded.
   *
   * @default - none
   */
  readonly onSuccess?: lambda.IDestination;
}

/** @internal */
export const ALIAS_OPTIONS: OptionNames<FunctionAliasProps> = {
  aliasName: true,
  description: true,
  function: true,
  maxEventAge: true,
  onFailure: true,
  onSuccess: true,
  provisionedConcurrentExecutions: true,
  retryAttempts: true,
  shift: true,
};

/**
 * What to use instead of the options that the CDK's aliases have and those of this library do not.
 *
 * @internal
 */
export const ALIAS_OPTION_REMEDIES: Readonly<Record<string, string>> = {
  additionalVersions: 'use shift: TrafficShift.split(version, weight)',
  version: 'use function, whose current version the alias points to',
};

/** Properties of an alias. */
export interface FunctionAliasProps extends TrafficAliasOptions {
  /** Name of the alias: at most 128 letters, digits, `-` and `_`, and not only digits. */
  readonly aliasName: string;

  /** Function of the alias. Every deploy that changes the function publishes a version. */
  readonly function: lambda.Function;
}

/**
 * Alias that points to the current version of a function, and moves its traffic to a new version as `shift` says.
 *
 * With the context `katamari:local` there is no CodeDeploy, so the traffic moves at once.
 */
export class FunctionAlias extends lambda.Alias {
  /**
   * @throws when Lambda does not accept the name, or `provisionedConcurrentExecutions` is below 1
   */
  public constructor(scope: Construct, id: string, props: FunctionAliasProps) {
    refuseUnknownOptions('a FunctionAlias', props, ALIAS_OPTIONS, scope, ALIAS_OPTION_REMEDIES);
    const { shift = TrafficShift.allAtOnce(), function: fn, ...options } = props;
    const { aliasName, provisionedConcurrentExecutions, retryAttempts, maxEventAge } = options;
    if (!Token.isUnresolved(aliasName) && !ALIAS_NAME.test(aliasName)) {
      throw new ValidationError(
        `the name of an alias must have 1 to 128 letters, digits, '-' and '_', and not only digits, got: ${formatValue(aliasName)}`,
        scope,
      );
    }
    requireIntegerBetween('provisionedConcurrentExecutions', provisionedConcurrentExecutions, 1, Number.MAX_SAFE_INTEGER, scope);
    requireIntegerBetween('retryAttempts of an alias', retryAttempts, ASYNCHRONOUS_RETRIES.min, ASYNCHRONOUS_RETRIES.max, scope);
    requireDurationBetween('maxEventAge of an alias', maxEventAge, 'seconds', EVENT_AGE_SECONDS, scope);
    const { additionalVersions, routing, alarms } = shift.bind(scope, { aliasId: id, function: fn });
    super(scope, id, {
      ...options,
      version: fn.currentVersion,
      additionalVersions,
    });
    if (!routing) return;
    new codedeploy.LambdaDeploymentGroup(this, 'Deployment', {
      alias: this,
      alarms,
      deploymentConfig: new codedeploy.LambdaDeploymentConfig(this, 'Shift', { trafficRouting: routing }),
    });
  }

  /**
   * Adds a URL to the alias. It requires IAM authorization unless `public` is true.
   *
   * @throws when the alias has a URL
   */
  public addUrl(options: UrlOptions = {}): lambda.FunctionUrl {
    return addUrl(this, this.aliasName, options);
  }

  /** Adds a URL as `addUrl` does, with the options of the CDK and without a stack output. */
  public override addFunctionUrl(options: lambda.FunctionUrlOptions = {}): lambda.FunctionUrl {
    return addUrl(this, this.aliasName, urlOptionsOf(options));
  }
}
