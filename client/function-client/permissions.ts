import { AddPermissionCommand, GetPolicyCommand, RemovePermissionCommand } from '@aws-sdk/client-lambda';
import { invalid } from '../../lambda/shared/checks';
import { parseFunctionName } from '../../lambda/shared/function-name';
import { configuration } from './deployment';
import { type FunctionRef, withQualifier } from './function-ref';
import { groupBy } from './pages';
import { attempt, attemptIfThere, ofFunction } from './service-errors';

/** Principals whose ARNs name no account: without one, anybody's resource of that name would be let in. */
const WITHOUT_ACCOUNT = new Set(['s3.amazonaws.com']);

/** A permission to add to a function's policy. */
export interface Permission {
  /** Id of the statement: 1 to 100 letters, digits, '-' and '_'. */
  readonly statementId: string;
  /** A service such as `s3.amazonaws.com`, the id of an account, the ARN of a user or role, or `*` with a condition. */
  readonly principal: string;
  /** @default 'lambda:InvokeFunction' */
  readonly action?: string;
  /** ARN of the resource that invokes. */
  readonly sourceArn?: string;
  /** Id of the account that owns that resource. @default - for S3, whose ARNs name none, that of the function */
  readonly sourceAccount?: string;
  /** Id of an organization whose accounts may invoke. */
  readonly principalOrgId?: string;
  /** What Alexa or another source must show. */
  readonly eventSourceToken?: string;
  /** Only through a function URL of this kind. */
  readonly functionUrlAuthType?: 'AWS_IAM' | 'NONE';
  /** Only through the function URL. */
  readonly invokedViaFunctionUrl?: boolean;
}

/** A statement of a function's policy, as IAM writes it. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Principal: unknown;
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The resource-based policy of a function. */
export interface Policy {
  readonly Version: string;
  readonly Id?: string;
  readonly Statement: readonly PolicyStatement[];
}

/** Who may invoke a function, by its own policy: `FunctionClient.permissions`. Of an alias or version, where the client has one. */
export class FunctionPermissions {
  /** @internal */
  public constructor(private readonly ref: FunctionRef) {}

  /**
   * Adds a permission.
   *
   * @throws ConflictError when there is a statement of that id; InvalidParameterError when everybody would be let in;
   * FunctionNotFoundError, ResourceLimitError when the policy has more than 20 KB
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
    const subject = ofFunction(`add permission '${permission.statementId}' to`, this.ref.name);
    const { Statement = '' } = await attempt(subject, () => this.ref.clients.lambda.send(command));
    return JSON.parse(Statement);
  }

  /** Removes a permission. @returns whether it was there */
  public async remove(statementId: string): Promise<boolean> {
    const command = new RemovePermissionCommand({ ...withQualifier(this.ref), StatementId: statementId });
    const subject = { doing: `remove permission '${statementId}' of function '${this.ref.name}'` };
    return (await attemptIfThere(subject, () => this.ref.clients.lambda.send(command))) !== undefined;
  }

  /** The policy; undefined when the function has none, or is not there. */
  public async policy(): Promise<Policy | undefined> {
    const answer = await attemptIfThere(ofFunction('read the policy of', this.ref.name), () =>
      this.ref.clients.lambda.send(new GetPolicyCommand(withQualifier(this.ref))),
    );
    return answer?.Policy ? JSON.parse(answer.Policy) : undefined;
  }

  /** The statements of the policy; none when there is no policy. */
  public async list(): Promise<readonly PolicyStatement[]> {
    return (await this.policy())?.Statement ?? [];
  }

  /** The statements by their ids. */
  public async byId(): Promise<Map<string, PolicyStatement>> {
    return new Map((await this.list()).map((statement) => [statement.Sid, statement]));
  }

  /**
   * The statements by anything else.
   *
   * @param keyOf what to index a statement by, such as `({ Action }) => Action`
   */
  public async indexBy(keyOf: (statement: PolicyStatement) => string): Promise<Map<string, PolicyStatement[]>> {
    return groupBy(await this.list(), keyOf);
  }

  /** Removes all permissions. @returns the ids of those that were removed */
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
    const { functionArn } = await configuration({ ...this.ref, qualifier: undefined });
    return parseFunctionName(functionArn).account;
  }
}

function requireCondition(permission: Permission): void {
  if (!/^[a-zA-Z0-9-_]{1,100}$/.test(permission.statementId)) {
    throw invalid("statementId must have 1 to 100 letters, digits, '-' and '_'", permission.statementId);
  }
  const { principal, sourceArn, sourceAccount, principalOrgId, functionUrlAuthType, invokedViaFunctionUrl } = permission;
  if (principal !== '*' || sourceArn || sourceAccount || principalOrgId || functionUrlAuthType || invokedViaFunctionUrl) return;
  throw invalid(
    "principal '*' must come with a condition (sourceArn, sourceAccount, principalOrgId, functionUrlAuthType or invokedViaFunctionUrl)",
    'none',
    'Name who may invoke; for a public function URL call url.createPublic().',
  );
}
