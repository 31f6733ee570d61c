import { randomUUID } from 'node:crypto';
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { parseArn } from '../lambda/shared/arn';
import { invalid, requireWhole } from '../lambda/shared/checks';
import type { SdkClient } from '../lambda/shared/sdk-client';
import { FunctionClient } from './function-client';
import { AccessDeniedError } from './shared/errors';
import { allPages } from './shared/pages';
import { poll } from './shared/poll';
import { callAws, callAwsIfFound } from './shared/service-errors';
import type { AwsCredentials, FunctionClientOptions } from './shared/types';
import { callerIdentity, callerPrincipal, type RoleClients, roleClients } from './temporary-role/role-clients';
import {
  permissionsPolicy,
  type RolePermission,
  requireNarrow,
  revocationPolicy,
  trustPolicy,
} from './temporary-role/role-policy';

/** Path of all temporary roles. `deleteExpired` reads no other roles. */
const PATH = '/katamari/temporary/';
const EXPIRES_TAG = 'katamari:expires';
const PERMISSIONS = 'permissions';
const REVOCATION = 'revocation';
/** Duration of the credentials of a role that another role assumes. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html */
const SESSION_SECONDS = { min: 900, max: 3_600 } as const;
const EXPIRES_IN_SECONDS = { min: SESSION_SECONDS.min, max: 43_200 } as const;
/** Credentials with less time left are renewed before they are returned. */
const RENEW_BEFORE_MS = 60_000;
/** IAM needs some seconds to make a new role available everywhere. */
const USABLE_WITHIN_SECONDS = 30;
/** Credentials have a time of issue in whole seconds: within a few, STS issues newer ones. */
const RENEWED_WITHIN_SECONDS = 10;

/** Options of temporary roles. */
export interface TemporaryRoleOptions extends FunctionClientOptions {
  /** An IAM client of SDK v3. @default - created for the role */
  readonly iam?: SdkClient;
  /** An STS client of SDK v3. @default - created for the role */
  readonly sts?: SdkClient;
  /** Seconds until the role expires: a whole number from 900 to 43,200. @default 3600 */
  readonly expiresIn?: number;
}

/** A temporary role to create. */
export interface TemporaryRoleSpec {
  /** Trust policy: Lambda assumes the role as an execution role, or the caller of this method assumes it. */
  readonly assumedBy: 'lambda' | 'caller';
  /** All permissions of the role. */
  readonly permissions: readonly RolePermission[];
  /** Prefix of the role name: 1 to 50 characters. @default 'katamari-test' */
  readonly namePrefix?: string;
}

/**
 * A temporary role for a test, which has only the permissions that you give it. The permissions expire even if nobody deletes
 * the role; `deleteExpired` deletes expired roles.
 */
export class TemporaryRole {
  private current?: Session;

  private constructor(
    /** ARN of the role, for `role` of a function. */
    public readonly roleArn: string,
    /** Name of the role. */
    public readonly roleName: string,
    /** When the permissions of the role expire. */
    public readonly expiresAt: Date,
    private readonly clients: RoleClients,
  ) {}

  /**
   * Creates a role and waits until it can be used.
   *
   * @throws InvalidParameterError when an action has a wildcard, or an ARN does not name a resource, AccessDeniedError, NotReadyError
   */
  public static async create(spec: TemporaryRoleSpec, options: TemporaryRoleOptions = {}): Promise<TemporaryRole> {
    const { namePrefix = 'katamari-test', permissions, assumedBy } = spec;
    const { expiresIn = 3_600 } = options;
    requireNarrow(permissions);
    requireWhole('expiresIn in seconds', expiresIn, EXPIRES_IN_SECONDS.min, EXPIRES_IN_SECONDS.max);
    if (!/^[\w+=,.@-]{1,50}$/.test(namePrefix)) {
      throw invalid("namePrefix must have 1 to 50 letters, digits and '_+=,.@-'", namePrefix);
    }
    const clients = roleClients(options);
    const expiresAt = new Date(Date.now() + expiresIn * 1_000);
    const RoleName = `${namePrefix}-${randomUUID().slice(0, 8)}`;
    const principal: Record<string, string> =
      assumedBy === 'lambda' ? { Service: 'lambda.amazonaws.com' } : { AWS: await callerPrincipal(clients) };
    const command = new CreateRoleCommand({
      RoleName,
      Path: PATH,
      AssumeRolePolicyDocument: trustPolicy(principal, expiresAt),
      MaxSessionDuration: SESSION_SECONDS.max,
      Tags: [{ Key: EXPIRES_TAG, Value: expiresAt.toISOString() }],
    });
    const { Role } = await callAws({ description: `create role '${RoleName}'` }, () => clients.iam.send(command));
    const role = new TemporaryRole(Role?.Arn ?? '', RoleName, expiresAt, clients);
    try {
      await role.putPolicy(PERMISSIONS, permissionsPolicy(permissions, expiresAt));
      await role.waitUntilUsable(assumedBy);
    } catch (error) {
      await role.delete();
      throw error;
    }
    return role;
  }

  /**
   * Creates a role for the caller that may only invoke a deployed function, and read its configuration and log.
   *
   * @throws FunctionNotFoundError, AccessDeniedError, NotReadyError
   */
  public static async toOperate(functionName: string, options: TemporaryRoleOptions = {}): Promise<TemporaryRole> {
    const { functionArn, logGroup } = await new FunctionClient(functionName, options).configuration();
    const { partition, region, accountId, resource = '' } = parseArn(functionArn) ?? {};
    const [kind, name] = resource.split(':');
    const unqualified = `arn:${partition}:lambda:${region}:${accountId}:${kind}:${name}`;
    const group = `arn:${partition}:logs:${region}:${accountId}:log-group:${logGroup}`;
    const permissions = [
      {
        actions: ['lambda:InvokeFunction', 'lambda:GetFunction', 'lambda:GetFunctionConfiguration'],
        resources: [unqualified, `${unqualified}:*`],
      },
      { actions: ['logs:FilterLogEvents'], resources: [group, `${group}:*`] },
    ];
    return TemporaryRole.create({ assumedBy: 'caller', permissions }, options);
  }

  /**
   * Creates an execution role for a function, which does not need to exist yet. The role may write the function's log.
   *
   * @param functionName name of the function
   * @param permissions additional permissions
   * @throws InvalidParameterError, AccessDeniedError
   */
  public static async toExecute(
    functionName: string,
    permissions: readonly RolePermission[] = [],
    options: TemporaryRoleOptions = {},
  ): Promise<TemporaryRole> {
    const client = new FunctionClient(functionName, options);
    const clients = roleClients(options);
    const { partition, accountId } = parseArn(await callerIdentity(clients)) ?? {};
    const region = await clients.sts.config.region();
    const group = `arn:${partition}:logs:${region}:${accountId}:log-group:/aws/lambda/${client.functionName}`;
    const logging = {
      actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [group, `${group}:*`],
    };
    return TemporaryRole.create({ assumedBy: 'lambda', permissions: [logging, ...permissions] }, options);
  }

  /** Deletes the expired temporary roles of the account. @returns their names */
  public static async deleteExpired(options: TemporaryRoleOptions = {}): Promise<string[]> {
    const clients = roleClients(options);
    const roles = await allPages(
      (Marker) =>
        callAws({ description: 'list temporary roles' }, () =>
          clients.iam.send(new ListRolesCommand({ PathPrefix: PATH, Marker })),
        ),
      (page) => ({ items: page.Roles, marker: page.IsTruncated ? page.Marker : undefined }),
    );
    const deleted: string[] = [];
    for (const { RoleName = '', Arn = '' } of roles) {
      const command = new ListRoleTagsCommand({ RoleName });
      const tags = await callAwsIfFound({ description: `read the tags of role '${RoleName}'` }, () => clients.iam.send(command));
      const expires = tags?.Tags?.find(({ Key }) => Key === EXPIRES_TAG)?.Value;
      if (expires === undefined || !(Date.parse(expires) <= Date.now())) continue;
      if (await new TemporaryRole(Arn, RoleName, new Date(expires), clients).delete()) deleted.push(RoleName);
    }
    return deleted;
  }

  /**
   * Gets credentials of the role, which are valid for at most an hour. They are reused until a minute before they expire. Pass
   * the method to an SDK client: `{ credentials: () => role.credentials() }`.
   *
   * @throws AccessDeniedError when the caller may not assume the role, or the role has expired
   */
  public async credentials(): Promise<AwsCredentials> {
    if (!this.current || this.current.expiration.getTime() - Date.now() < RENEW_BEFORE_MS) this.current = await this.assume();
    return this.current.credentials;
  }

  /** Revokes the credentials that were issued before, and gets new ones. */
  public async resetCredentials(): Promise<AwsCredentials> {
    const before = this.current?.issuedAt.getTime() ?? 0;
    // A policy tells credentials apart by their time of issue, which has whole seconds.
    const session = await poll<Session>({
      awaited: `new credentials of role '${this.roleName}' must be issued later than the previous ones`,
      wait: { maxWaitTime: RENEWED_WITHIN_SECONDS },
      remedy: 'Try again.',
      read: async () => {
        const assumed = await this.assume();
        return assumed.issuedAt.getTime() > before ? { result: assumed } : { pending: assumed.issuedAt.toISOString() };
      },
    });
    // STS sets the issue time.
    await this.putPolicy(REVOCATION, revocationPolicy(session.issuedAt));
    this.current = session;
    return session.credentials;
  }

  /** Deletes the role, which also invalidates its credentials. @returns whether the role existed */
  public async delete(): Promise<boolean> {
    const { iam } = this.clients;
    const { roleName: RoleName } = this;
    const action = { description: `delete role '${RoleName}'` };
    const policies = await allPages(
      (Marker) => callAwsIfFound(action, () => iam.send(new ListRolePoliciesCommand({ RoleName, Marker }))),
      (page) => ({ items: page?.PolicyNames, marker: page?.IsTruncated ? page.Marker : undefined }),
    );
    for (const PolicyName of policies) {
      await callAwsIfFound(action, () => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })));
    }
    return (await callAwsIfFound(action, () => iam.send(new DeleteRoleCommand({ RoleName })))) !== undefined;
  }

  /** Deletes the role at the end of its block: `await using role = await TemporaryRole.create(…)`. */
  public async [Symbol.asyncDispose](): Promise<void> {
    await this.delete();
  }

  private async waitUntilUsable(assumedBy: TemporaryRoleSpec['assumedBy']): Promise<void> {
    const { roleName: RoleName } = this;
    await poll({
      awaited: `role '${RoleName}' must exist`,
      wait: { maxWaitTime: USABLE_WITHIN_SECONDS },
      remedy: 'Try again.',
      read: async () => {
        const action = { description: `wait for role '${RoleName}'` };
        const found = await callAwsIfFound(action, () => this.clients.iam.send(new GetRoleCommand({ RoleName })));
        return found ? { result: found } : { pending: 'not found' };
      },
    });
    // Only Lambda can find out whether Lambda can assume a role: FunctionClient.create retries until it can.
    if (assumedBy === 'lambda') return;
    await poll({
      awaited: `role '${this.roleName}' must be usable`,
      wait: { maxWaitTime: USABLE_WITHIN_SECONDS },
      remedy: `Allow the caller sts:AssumeRole on roles of the path '${PATH}'.`,
      read: async () => {
        try {
          return { result: await this.credentials() };
        } catch (error) {
          if (error instanceof AccessDeniedError) return { pending: error.message, cause: error };
          throw error;
        }
      },
    });
  }

  private async assume(): Promise<Session> {
    const left = Math.ceil((this.expiresAt.getTime() - Date.now()) / 1_000);
    const DurationSeconds = Math.min(SESSION_SECONDS.max, Math.max(SESSION_SECONDS.min, left));
    const command = new AssumeRoleCommand({ RoleArn: this.roleArn, RoleSessionName: 'katamari', DurationSeconds });
    const { Credentials } = await callAws({ description: `assume role '${this.roleName}'` }, () =>
      this.clients.sts.send(command),
    );
    const expiration = Credentials?.Expiration ?? new Date(0);
    return {
      credentials: {
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretAccessKey ?? '',
        sessionToken: Credentials?.SessionToken,
        expiration,
      },
      expiration,
      issuedAt: new Date(expiration.getTime() - DurationSeconds * 1_000),
    };
  }

  private async putPolicy(PolicyName: string, PolicyDocument: string): Promise<void> {
    const command = new PutRolePolicyCommand({ RoleName: this.roleName, PolicyName, PolicyDocument });
    await callAws({ description: `put policy '${PolicyName}' on role '${this.roleName}'` }, () => this.clients.iam.send(command));
  }
}

/** Credentials of the role, and when STS issued them. */
interface Session {
  readonly credentials: AwsCredentials;
  readonly issuedAt: Date;
  readonly expiration: Date;
}
