import { randomUUID } from 'node:crypto';
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePolicyCommand,
  waitUntilRoleExists,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { invalid, requireWhole } from '../lambda/shared/checks';
import type { SdkClient } from '../lambda/shared/sdk-client';
import { FunctionClient } from './function-client';
import { settingsOf } from './function-client/clients';
import { AccessDeniedError, NotReadyError } from './function-client/errors';
import { allPages } from './function-client/pages';
import {
  permissionsPolicy,
  type RolePermission,
  requireNarrow,
  revocationPolicy,
  trustPolicy,
} from './function-client/role-policy';
import { attempt, attemptIfThere } from './function-client/service-errors';
import type { AwsCredentials, FunctionClientOptions } from './function-client/types';
import { pause } from './function-client/waiting';

/** Path of all temporary roles: `deleteExpired` looks at no other role. */
const PATH = '/katamari/temporary/';
const EXPIRES_TAG = 'katamari:expires';
const PERMISSIONS = 'permissions';
const REVOCATION = 'revocation';
/** The shortest and the longest that STS gives credentials for to a role assumed by a role. */
const SESSION_MIN_SECONDS = 900;
const SESSION_MAX_SECONDS = 3_600;
/** Credentials that end sooner are renewed before they are handed out. */
const RENEW_BEFORE_MS = 60_000;
/** IAM takes seconds until a new role is known everywhere. */
const USABLE_WITHIN_MS = 30_000;
const POLL_MS = 1_000;

/** What temporary roles work with; all of it has a default. */
export interface TemporaryRoleOptions extends FunctionClientOptions {
  /** An IAM client of SDK v3. @default - one that is made for the role */
  readonly iam?: SdkClient;
  /** An STS client of SDK v3. @default - one that is made for the role */
  readonly sts?: SdkClient;
  /** Seconds until the role ends: a whole number from 900 to 43,200. @default 3600 */
  readonly expiresIn?: number;
}

/** A role to create. */
export interface TemporaryRoleSpec {
  /** Who may assume it: a function as its execution role, or the caller of this method. */
  readonly assumedBy: 'lambda' | 'caller';
  /** All that it may do. */
  readonly permissions: readonly RolePermission[];
  /** Begin of its name: 1 to 50 characters. @default 'katamari-test' */
  readonly namePrefix?: string;
}

/**
 * A role for a test: it may do what it is given and nothing else, and ends by itself. Its permissions hold until it ends,
 * also where nobody deletes it; `deleteExpired` clears away what was left.
 */
export class TemporaryRole {
  private current?: Session;

  private constructor(
    /** ARN of the role: what `role` of a function takes. */
    public readonly roleArn: string,
    /** Name of the role. */
    public readonly roleName: string,
    /** When its permissions end. */
    public readonly expiresAt: Date,
    private readonly clients: RoleClients,
  ) {}

  /**
   * Creates a role, and waits until it can be used.
   *
   * @throws InvalidParameterError when an action has a wildcard or a resource is not named, AccessDeniedError, NotReadyError
   */
  public static async create(spec: TemporaryRoleSpec, options: TemporaryRoleOptions = {}): Promise<TemporaryRole> {
    const { namePrefix = 'katamari-test', permissions, assumedBy } = spec;
    const { expiresIn = 3_600 } = options;
    requireNarrow(permissions);
    requireWhole('expiresIn in seconds', expiresIn, SESSION_MIN_SECONDS, 43_200);
    if (!/^[\w+=,.@-]{1,50}$/.test(namePrefix)) {
      throw invalid("namePrefix must have 1 to 50 letters, digits and '_+=,.@-'", namePrefix);
    }
    const clients = clientsOf(options);
    const expiresAt = new Date(Date.now() + expiresIn * 1_000);
    const RoleName = `${namePrefix}-${randomUUID().slice(0, 8)}`;
    const principal: Record<string, string> =
      assumedBy === 'lambda' ? { Service: 'lambda.amazonaws.com' } : { AWS: await callerArn(clients) };
    const command = new CreateRoleCommand({
      RoleName,
      Path: PATH,
      AssumeRolePolicyDocument: trustPolicy(principal, expiresAt),
      MaxSessionDuration: SESSION_MAX_SECONDS,
      Tags: [{ Key: EXPIRES_TAG, Value: expiresAt.toISOString() }],
    });
    const { Role } = await attempt({ doing: `create role '${RoleName}'` }, () => clients.iam.send(command));
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
   * A role for the caller that may invoke a deployed function and read its configuration and its log, and nothing else.
   *
   * @throws FunctionNotFoundError, AccessDeniedError, NotReadyError
   */
  public static async toOperate(functionName: string, options: TemporaryRoleOptions = {}): Promise<TemporaryRole> {
    const { functionArn, logGroup } = await new FunctionClient(functionName, options).configuration();
    const [arn, partition, , region, account, kind, name] = functionArn.split(':');
    const unqualified = [arn, partition, 'lambda', region, account, kind, name].join(':');
    const group = `arn:${partition}:logs:${region}:${account}:log-group:${logGroup}`;
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
   * An execution role for a function, deployed or not: it may write the function's log, and what else it is given.
   *
   * @param functionName its name
   * @param permissions what else it may do
   * @throws InvalidParameterError, AccessDeniedError
   */
  public static async toExecute(
    functionName: string,
    permissions: readonly RolePermission[] = [],
    options: TemporaryRoleOptions = {},
  ): Promise<TemporaryRole> {
    const client = new FunctionClient(functionName, options);
    const { sts } = clientsOf(options);
    const [, partition, , , account] = (await identity(sts)).split(':');
    const region = await sts.config.region();
    const group = `arn:${partition}:logs:${region}:${account}:log-group:/aws/lambda/${client.functionName}`;
    const logging = {
      actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [group, `${group}:*`],
    };
    return TemporaryRole.create({ assumedBy: 'lambda', permissions: [logging, ...permissions] }, options);
  }

  /** Deletes the temporary roles of the account that have ended. @returns their names */
  public static async deleteExpired(options: TemporaryRoleOptions = {}): Promise<string[]> {
    const clients = clientsOf(options);
    const roles = await allPages(
      (Marker) =>
        attempt({ doing: 'list temporary roles' }, () => clients.iam.send(new ListRolesCommand({ PathPrefix: PATH, Marker }))),
      (page) => ({ items: page.Roles, marker: page.IsTruncated ? page.Marker : undefined }),
    );
    const deleted: string[] = [];
    for (const { RoleName = '', Arn = '' } of roles) {
      const command = new ListRoleTagsCommand({ RoleName });
      const answer = await attemptIfThere({ doing: `read the tags of role '${RoleName}'` }, () => clients.iam.send(command));
      const expires = answer?.Tags?.find(({ Key }) => Key === EXPIRES_TAG)?.Value;
      if (expires === undefined || !(Date.parse(expires) <= Date.now())) continue;
      if (await new TemporaryRole(Arn, RoleName, new Date(expires), clients).delete()) deleted.push(RoleName);
    }
    return deleted;
  }

  /**
   * Credentials of the role, for at most an hour: the same ones until a minute before they end. Give the method itself to a
   * client: `{ credentials: () => role.credentials() }`.
   *
   * @throws AccessDeniedError when the role is not for the caller, or has ended
   */
  public async credentials(): Promise<AwsCredentials> {
    if (!this.current || this.current.expiration.getTime() - Date.now() < RENEW_BEFORE_MS) this.current = await this.assume();
    return this.current.credentials;
  }

  /** Takes all permissions from the credentials that were handed out, and gives new ones. */
  public async resetCredentials(): Promise<AwsCredentials> {
    const before = this.current?.issuedAt.getTime() ?? 0;
    let session = await this.assume();
    while (session.issuedAt.getTime() <= before) {
      // STS knows seconds alone: credentials of the same one could not be told apart.
      await pause(POLL_MS);
      session = await this.assume();
    }
    // By the clock of STS, which has signed the time into them.
    await this.putPolicy(REVOCATION, revocationPolicy(session.issuedAt));
    this.current = session;
    return session.credentials;
  }

  /** Deletes the role: its credentials are worth nothing from then on. @returns whether it was there */
  public async delete(): Promise<boolean> {
    const { iam } = this.clients;
    const { roleName: RoleName } = this;
    const subject = { doing: `delete role '${RoleName}'` };
    const policies = await allPages(
      (Marker) => attemptIfThere(subject, () => iam.send(new ListRolePoliciesCommand({ RoleName, Marker }))),
      (page) => ({ items: page?.PolicyNames, marker: page?.IsTruncated ? page.Marker : undefined }),
    );
    for (const PolicyName of policies) {
      await attemptIfThere(subject, () => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })));
    }
    return (await attemptIfThere(subject, () => iam.send(new DeleteRoleCommand({ RoleName })))) !== undefined;
  }

  /** Deletes the role at the end of its block: `await using role = await TemporaryRole.create(…)`. */
  public async [Symbol.asyncDispose](): Promise<void> {
    await this.delete();
  }

  private async waitUntilUsable(assumedBy: TemporaryRoleSpec['assumedBy']): Promise<void> {
    const maxWaitTime = USABLE_WITHIN_MS / 1_000;
    await attempt({ doing: `wait for role '${this.roleName}'` }, () =>
      waitUntilRoleExists({ client: this.clients.iam, maxWaitTime, minDelay: 1 }, { RoleName: this.roleName }),
    );
    // Whether Lambda may assume a role only Lambda can find out: FunctionClient.create tries it until it can.
    if (assumedBy === 'lambda') return;
    const until = Date.now() + USABLE_WITHIN_MS;
    for (;;) {
      try {
        await this.credentials();
        return;
      } catch (error) {
        if (!(error instanceof AccessDeniedError)) throw error;
        if (Date.now() + POLL_MS > until) {
          throw new NotReadyError(`role '${this.roleName}' must be usable within ${maxWaitTime} seconds, got: ${error.message}`, {
            code: error.code,
            remedy: "Allow the caller sts:AssumeRole on roles of the path '/katamari/temporary/'.",
            cause: error,
          });
        }
        await pause(POLL_MS);
      }
    }
  }

  private async assume(): Promise<Session> {
    const left = Math.ceil((this.expiresAt.getTime() - Date.now()) / 1_000);
    const DurationSeconds = Math.min(SESSION_MAX_SECONDS, Math.max(SESSION_MIN_SECONDS, left));
    const command = new AssumeRoleCommand({ RoleArn: this.roleArn, RoleSessionName: 'katamari', DurationSeconds });
    const { Credentials } = await attempt({ doing: `assume role '${this.roleName}'` }, () => this.clients.sts.send(command));
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
    await attempt({ doing: `put policy '${PolicyName}' on role '${this.roleName}'` }, () => this.clients.iam.send(command));
  }
}

/** Credentials of the role, and the time that STS has given them. */
interface Session {
  readonly credentials: AwsCredentials;
  readonly issuedAt: Date;
  readonly expiration: Date;
}

interface RoleClients {
  readonly iam: IAMClient;
  readonly sts: STSClient;
}

function clientsOf(options: TemporaryRoleOptions): RoleClients {
  return {
    iam: (options.iam as IAMClient | undefined) ?? new IAMClient(settingsOf(options)),
    sts: (options.sts as STSClient | undefined) ?? new STSClient(settingsOf(options)),
  };
}

async function identity(sts: STSClient): Promise<string> {
  const { Arn = '' } = await attempt({ doing: 'find out who calls' }, () => sts.send(new GetCallerIdentityCommand({})));
  return Arn;
}

/** ARN of the caller as a policy names it: of a session the role, with its path, which the session's ARN leaves out. */
async function callerArn({ iam, sts }: RoleClients): Promise<string> {
  const arn = await identity(sts);
  const [, RoleName] = /^arn:[^:]+:sts::\d+:assumed-role\/([^/]+)\//.exec(arn) ?? [];
  if (!RoleName) return arn;
  const { Role } = await attempt({ doing: `read role '${RoleName}'` }, () => iam.send(new GetRoleCommand({ RoleName })));
  return Role?.Arn ?? arn;
}
