import { AddPermissionCommand, GetPolicyCommand, RemovePermissionCommand } from '@aws-sdk/client-lambda';
import { invalid } from '../../lambda/shared/checks';
import { parseFunctionName } from '../../lambda/shared/function-name';
import { callAws, callAwsIfFound, functionAction } from '../shared/service-errors';
import { readConfiguration } from './deployment';
import { type FunctionRef, withQualifier } from './function-ref';

/** Services whose ARNs contain no account: without sourceAccount, a resource of that name in any account could invoke. */
const WITHOUT_ACCOUNT = new Set(['s3.amazonaws.com']);

/** Principals that are services. */
const SERVICE = /\.amazon(aws)?\.com(\.cn)?$/;

/** A permission to add to the policy of a function. */
export interface Permission {
  /** Id of the statement: 1 to 100 letters, digits, '-' and '_'. */
  readonly statementId: string;
  /** A service such as `s3.amazonaws.com`, an account id, the ARN of a user or role, or `*` with a condition. */
  readonly principal: string;
  /** Allowed action. @default 'lambda:InvokeFunction' */
  readonly action?: string;
  /** ARN of the resource that invokes. A service requires it, or another condition. */
  readonly sourceArn?: string;
  /** Id of the account that owns that resource. @default - for S3, whose ARNs contain no account, the account of the function */
  readonly sourceAccount?: string;
  /** Id of an organization whose accounts may invoke. */
  readonly principalOrgId?: string;
  /** Token that Alexa or another source must send. */
  readonly eventSourceToken?: string;
  /** Allows only requests through a function URL of this type. */
  readonly functionUrlAuthType?: 'AWS_IAM' | 'NONE';
  /** Allows only requests through the function URL. */
  readonly invokedViaFunctionUrl?: boolean;
}

/** A statement of the policy of a function, in the form of IAM. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Principal: unknown;
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Resource-based policy of a function. */
export interface Policy {
  readonly Version: string;
  readonly Id?: string;
  readonly Statement: readonly PolicyStatement[];
}

/** Resource-based policy of a function: `FunctionClient.permissions`. If the client has an alias or version, the policy of that. */
export class FunctionPermissions {
  /** @internal */
  public constructor(private readonly ref: FunctionRef) {}

  /**
   * Adds a permission.
   *
   * @throws ConflictError when the policy has a statement with that id, InvalidParameterError when anybody, or any account
   * through a service, could invoke the function, FunctionNotFoundError, ResourceLimitError when the policy would exceed 20 KB
   */
  public async add(permission: Permission): Promise<PolicyStatement> {
    requireCondition(permission);
    const command = new AddPermissionCommand({
      ...withQualifier(this.ref),
      StatementId: permission.statementId,
      Action: permission.action ?? 'lambda:InvokeFunction',
      Principal: permission.principal,
      SourceArn: permission.sourceArn,
      SourceAccount: permission.sourceAccount ?? (await this.defaultSourceAccount(permission)),
      PrincipalOrgID: permission.principalOrgId,
      EventSourceToken: permission.eventSourceToken,
      FunctionUrlAuthType: permission.functionUrlAuthType,
      InvokedViaFunctionUrl: permission.invokedViaFunctionUrl,
    });
    const action = functionAction(`add permission '${permission.statementId}' to`, this.ref.name);
    const { Statement = '' } = await callAws(action, () => this.ref.clients.lambda.send(command));
    return JSON.parse(Statement);
  }

  /** Removes a permission. @returns whether it existed */
  public async remove(statementId: string): Promise<boolean> {
    const command = new RemovePermissionCommand({ ...withQualifier(this.ref), StatementId: statementId });
    const action = { description: `remove permission '${statementId}' of function '${this.ref.name}'` };
    return (await callAwsIfFound(action, () => this.ref.clients.lambda.send(command))) !== undefined;
  }

  /** Reads the policy. @returns undefined when the function has no policy, or does not exist */
  public async policy(): Promise<Policy | undefined> {
    const response = await callAwsIfFound(functionAction('read the policy of', this.ref.name), () =>
      this.ref.clients.lambda.send(new GetPolicyCommand(withQualifier(this.ref))),
    );
    return response?.Policy ? JSON.parse(response.Policy) : undefined;
  }

  /** Lists the statements of the policy. @returns an empty list when the function has no policy */
  public async list(): Promise<readonly PolicyStatement[]> {
    return (await this.policy())?.Statement ?? [];
  }

  /** Reads the statements of the policy, indexed by their ids. */
  public async byId(): Promise<Map<string, PolicyStatement>> {
    return new Map((await this.list()).map((statement) => [statement.Sid, statement]));
  }

  /**
   * Reads the statements of the policy, grouped by a key.
   *
   * @param keyOf returns the key of a statement, such as `({ Action }) => Action`
   */
  public async indexBy(keyOf: (statement: PolicyStatement) => string): Promise<Map<string, PolicyStatement[]>> {
    return groupBy(await this.list(), keyOf);
  }

  /** Removes all permissions. @returns the ids of the removed statements */
  public async clear(): Promise<string[]> {
    const removed: string[] = [];
    for (const { Sid } of await this.list()) {
      if (await this.remove(Sid)) removed.push(Sid);
    }
    return removed;
  }

  private async defaultSourceAccount({ principal }: Permission): Promise<string | undefined> {
    if (!WITHOUT_ACCOUNT.has(principal)) return undefined;
    if (this.ref.account) return this.ref.account;
    const { functionArn } = await readConfiguration({ ...this.ref, qualifier: undefined });
    return parseFunctionName(functionArn).account;
  }
}

function requireCondition(permission: Permission): void {
  if (!/^[a-zA-Z0-9-_]{1,100}$/.test(permission.statementId)) {
    throw invalid("statementId must have 1 to 100 letters, digits, '-' and '_'", permission.statementId);
  }
  const { principal, sourceArn, sourceAccount, principalOrgId, functionUrlAuthType, invokedViaFunctionUrl } = permission;
  if (sourceArn || sourceAccount || principalOrgId) return;
  if (principal === '*' && !functionUrlAuthType && !invokedViaFunctionUrl) {
    throw invalid(
      "principal '*' requires a condition (sourceArn, sourceAccount, principalOrgId, functionUrlAuthType or invokedViaFunctionUrl)",
      'none',
      'Add a condition that limits who may invoke. For a public function URL, call url.createPublic().',
    );
  }
  if (!SERVICE.test(principal) || WITHOUT_ACCOUNT.has(principal) || permission.eventSourceToken) return;
  throw invalid(
    `principal '${principal}' requires a condition (sourceArn, sourceAccount, principalOrgId or eventSourceToken)`,
    'none',
    'Set sourceArn to the ARN of the topic, rule or other resource that invokes: the service acts for every account of AWS.',
  );
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}
