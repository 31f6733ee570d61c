import { Aspects, type IAspect, Stage } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { setStateOf, stateOf } from '../private/construct-state';

const STATE = 'url-permissions';

/**
 * Adds `lambda:InvokeFunction` to each permission to call a URL of this library that lacks it. AWS requires both, and before 2.273
 * the CDK granted CloudFront only `lambda:InvokeFunctionUrl`.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
class UrlPermissions implements IAspect {
  /** ARNs of the functions, as permissions name them. */
  public readonly functionArns = new Set<string>();

  public visit(node: IConstruct): void {
    const { scope } = node.node;
    if (!scope || !(node instanceof lambda.CfnPermission) || node.action !== 'lambda:InvokeFunctionUrl') return;
    if (!this.functionArns.has(node.functionName)) return;
    const { principal, functionName, sourceArn, sourceAccount, principalOrgId } = node;
    const isOther = (other: IConstruct) =>
      other instanceof lambda.CfnPermission &&
      other.action === 'lambda:InvokeFunction' &&
      other.functionName === functionName &&
      other.principal === principal &&
      other.sourceArn === sourceArn;
    if (scope.node.children.some(isOther)) return;
    new lambda.CfnPermission(scope, `${node.node.id}ViaUrl`, {
      action: 'lambda:InvokeFunction',
      invokedViaFunctionUrl: true,
      ...{ principal, functionName, sourceArn, sourceAccount, principalOrgId },
    });
  }
}

/**
 * Completes the permissions to call a URL, whoever adds them.
 *
 * @internal
 */
export function completePermissions(url: lambda.FunctionUrl): void {
  // Aspects do not reach the stages below.
  const stage = Stage.of(url) ?? url.node.root;
  const known = stateOf<UrlPermissions>(stage, STATE);
  const permissions = known ?? new UrlPermissions();
  if (!known) {
    Aspects.of(stage).add(permissions);
    setStateOf(stage, STATE, permissions);
  }
  permissions.functionArns.add(url.functionArn);
}
