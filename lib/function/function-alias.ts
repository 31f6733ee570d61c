import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { CONTEXT_LOCAL } from '../context/constants';
import { formatValue, requireIntegerBetween, ValidationError } from '../private/errors';
import { fromCdk, functionUrl, type UrlOptions } from './function-url';
import { TrafficShift } from './traffic-shift';

/** What an alias leads to, and how. */
export interface TrafficAliasOptions {
  /**
   * How traffic goes over to a new version.
   *
   * @default TrafficShift.allAtOnce()
   */
  readonly shift?: TrafficShift;

  /**
   * What the alias is for: at most 256 characters.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Execution environments that are kept ready, at a price: 1 or more.
   *
   * @default - none
   */
  readonly provisionedConcurrentExecutions?: number;
}

/** Properties of an alias of a function's current version. */
export interface FunctionAliasProps extends TrafficAliasOptions {
  /** Name of the alias: at most 128 letters, digits, `-` and `_`, and not digits alone. */
  readonly aliasName: string;

  /** Function that it is an alias of. Every deploy that changes it publishes a version. */
  readonly function: lambda.Function;
}

/**
 * An alias that leads to the version which was deployed last, and takes the traffic over as was asked for.
 *
 * With `katamari:local` there is no CodeDeploy: the alias leads to the new version at once.
 */
export class FunctionAlias extends lambda.Alias {
  public constructor(scope: Construct, id: string, props: FunctionAliasProps) {
    if (!/^(?!\d+$)[A-Za-z0-9_-]{1,128}$/.test(props.aliasName)) {
      throw new ValidationError(
        `the name of an alias must have 1 to 128 letters, digits, '-' and '_', and not digits alone, got: ${formatValue(props.aliasName)}`,
        scope,
      );
    }
    const { aliasName, description, provisionedConcurrentExecutions } = props;
    requireIntegerBetween('provisionedConcurrentExecutions', provisionedConcurrentExecutions, 1, Number.MAX_SAFE_INTEGER, scope);
    const { _byCodeDeploy: byCodeDeploy, _kept: kept } = props.shift ?? TrafficShift.allAtOnce();
    super(scope, id, {
      aliasName,
      description,
      provisionedConcurrentExecutions,
      version: props.function.currentVersion,
      additionalVersions: kept && [
        {
          version: lambda.Version.fromVersionAttributes(scope, `${id}Kept`, { lambda: props.function, version: kept.version }),
          weight: kept.weight,
        },
      ],
    });
    if (!byCodeDeploy || this.node.tryGetContext(CONTEXT_LOCAL)) return;
    new codedeploy.LambdaDeploymentGroup(this, 'Deployment', {
      alias: this,
      alarms: byCodeDeploy.options.alarms,
      deploymentConfig: new codedeploy.LambdaDeploymentConfig(this, 'Shift', { trafficRouting: byCodeDeploy.routing }),
    });
  }

  /**
   * Gives the alias a URL, which asks for IAM unless `public` is said.
   *
   * @throws when it has one
   */
  public addUrl(options: UrlOptions = {}): lambda.FunctionUrl {
    return functionUrl(this, this.aliasName, options);
  }

  /** Gives the alias a URL, as `addUrl` does, in the words of the CDK and without an output of the stack. */
  public override addFunctionUrl(options: lambda.FunctionUrlOptions = {}): lambda.FunctionUrl {
    return functionUrl(this, this.aliasName, fromCdk(options));
  }
}
