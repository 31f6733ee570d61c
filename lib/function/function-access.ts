import { Annotations, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { readable } from '../private/errors';
import type { FunctionOptions } from './function-options';

/** What the CDK's managed policy for functions in a VPC allows. */
const VPC_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** What the CDK's managed policy for durable functions allows. */
const DURABLE_ACTIONS = ['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'];

/**
 * Principal for the permissions that this library gives a function. They go into the role that the function has of its own, because a
 * separate policy would be one more resource for each function. None of them names the function, which depends on its role.
 *
 * @internal
 */
export class FunctionAccess implements iam.IPrincipal {
  public readonly assumeRoleAction: string;
  public readonly grantPrincipal: iam.IPrincipal = this;
  public readonly policyFragment: iam.PrincipalPolicyFragment;
  public readonly principalAccount?: string;
  private readonly actions = new Set<string>();
  private readonly role: iam.IRole;
  private readonly add: (statement: iam.PolicyStatement) => void;

  public constructor(
    private readonly fn: lambda.Function,
    { role, vpc, durableConfig }: FunctionOptions,
  ) {
    this.role = fn.role as iam.IRole;
    this.assumeRoleAction = this.role.assumeRoleAction;
    this.policyFragment = this.role.policyFragment;
    this.principalAccount = this.role.principalAccount;
    this.add = role ? this.adderToGiven(role) : this.adderToOwn();
    if (!role) return;
    // The CDK adds its managed policies only to a role that it makes.
    if (vpc) this.allowAnywhere(VPC_ACTIONS);
    if (durableConfig) this.allowAnywhere(DURABLE_ACTIONS);
  }

  public addToPrincipalPolicy(statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    for (const action of statement.actions) this.actions.add(action);
    this.add(statement);
    return { statementAdded: true, policyDependable: this.role };
  }

  /** Warns about a given role that took no permission. */
  public warnIfRefused(functionName: string): void {
    const policies = [this.fn, this.role].flatMap(({ node }) => node.findAll()).filter((child) => child instanceof iam.CfnPolicy);
    if (policies.some((policy) => Stack.of(policy).resolve(policy.roles)?.length > 0)) return;
    Annotations.of(this.fn).addWarningV2(
      'cdk-katamari:immutableRole',
      `the role of '${readable(functionName)}' is imported and cannot be changed, so it must already allow ${[...this.actions].sort().join(', ')}; add these actions to its policies, or leave out 'role'`,
    );
  }

  private allowAnywhere(actions: string[]): void {
    this.addToPrincipalPolicy(new iam.PolicyStatement({ actions, resources: ['*'] }));
  }

  private adderToOwn(): (statement: iam.PolicyStatement) => void {
    const resource = this.role.node.defaultChild;
    // With Role.customizeRoles there is no role to deploy.
    if (!(resource instanceof iam.CfnRole)) return (statement) => this.role.addToPrincipalPolicy(statement);
    const policyDocument = new iam.PolicyDocument();
    resource.policies = [{ policyName: 'Access', policyDocument }];
    return (statement) => policyDocument.addStatements(statement);
  }

  private adderToGiven(role: iam.IRole): (statement: iam.PolicyStatement) => void {
    if (Stack.of(role) === Stack.of(this.fn)) return (statement) => role.addToPrincipalPolicy(statement);
    // In the stack of the role, the policy would make the two stacks depend on each other.
    const policy = new iam.Policy(this.fn, 'Access');
    role.attachInlinePolicy(policy);
    this.fn.node.defaultChild?.node.addDependency(policy);
    return (statement) => policy.addStatements(statement);
  }
}

/**
 * Allows a function to decrypt its environment variables.
 *
 * @internal
 */
export function allowDecryption(key: kms.IKeyRef, access: FunctionAccess): void {
  iam.Grant.addToPrincipal({ grantee: access, actions: ['kms:Decrypt'], resourceArns: [key.keyRef.keyArn] });
}
