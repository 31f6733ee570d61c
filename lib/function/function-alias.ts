import { Token } from 'aws-cdk-lib';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { ALIAS_NAME } from '../limits/constants';
import { formatValue, requireIntegerBetween, ValidationError } from '../private/errors';
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
}

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
    const { aliasName, description, provisionedConcurrentExecutions } = props;
    if (!Token.isUnresolved(aliasName) && !ALIAS_NAME.test(aliasName)) {
      throw new ValidationError(
        `the name of an alias must have 1 to 128 letters, digits, '-' and '_', and not only digits, got: ${formatValue(aliasName)}`,
        scope,
      );
    }
    requireIntegerBetween('provisionedConcurrentExecutions', provisionedConcurrentExecutions, 1, Number.MAX_SAFE_INTEGER, scope);
    const shift = props.shift ?? TrafficShift.allAtOnce();
    const { additionalVersions, routing, alarms } = shift.bind(scope, { aliasId: id, function: props.function });
    super(scope, id, {
      aliasName,
      description,
      provisionedConcurrentExecutions,
      version: props.function.currentVersion,
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
