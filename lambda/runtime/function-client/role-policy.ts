import { invalid } from './checks';

/** What a temporary role may do: actions on resources, each named in full. */
export interface RolePermission {
  /** Actions such as `s3:GetObject`; no wildcards. */
  readonly actions: readonly string[];
  /** ARNs. A wildcard may stand behind the name of the resource, not for it: `…:function:orders:*`, not `…:function:*`. */
  readonly resources: readonly string[];
}

/** Services whose ARNs have the name of the resource first, without its kind. */
const WITHOUT_KIND = new Set(['s3', 'sqs', 'sns', 'events']);

/**
 * Refuses what is wider than a test needs.
 *
 * @throws InvalidParameterError when an action has a wildcard, or a resource is not named
 */
export function requireNarrow(permissions: readonly RolePermission[]): void {
  for (const { actions, resources } of permissions) {
    if (actions.length === 0 || resources.length === 0)
      throw invalid('a permission must have actions and resources', { actions, resources });
    const action = actions.find((candidate) => !/^[a-z0-9-]+:[a-zA-Z]+$/.test(candidate));
    if (action !== undefined) throw invalid('an action of a temporary role must be service:Action, without a wildcard', action);
    const resource = resources.find((candidate) => !isNamed(candidate));
    if (resource !== undefined) throw invalid('a resource of a temporary role must be an ARN that names the resource', resource);
  }
}

function isNamed(resource: string): boolean {
  const [arn, partition = '', service = '', region = '', account = '', ...rest] = resource.split(':');
  if (arn !== 'arn' || [partition, service, region, account].some((part) => /[*?]/.test(part)) || !partition || !service)
    return false;
  const parts = rest.join(':').split(/[:/]/);
  const name = WITHOUT_KIND.has(service) || parts.length === 1 ? parts[0] : parts.slice(1).find((part) => part !== '');
  return name !== undefined && name !== '' && !/^[*?]/.test(name);
}

/** The role's permissions: they end with it, also where nobody deletes it. */
export function permissionsPolicy(permissions: readonly RolePermission[], expiresAt: Date): string {
  return policy(
    permissions.map(({ actions, resources }) => ({
      Effect: 'Allow',
      Action: [...actions],
      Resource: [...resources],
      ...until(expiresAt),
    })),
  );
}

/** Who may assume the role, until it ends. */
export function trustPolicy(principal: Readonly<Record<string, string>>, expiresAt: Date): string {
  return policy([{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', ...until(expiresAt) }]);
}

/**
 * Takes all permissions from credentials that were issued before a time.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
 */
export function revocationPolicy(issuedBefore: Date): string {
  const Condition = { DateLessThan: { 'aws:TokenIssueTime': issuedBefore.toISOString() } };
  return policy([{ Effect: 'Deny', Action: '*', Resource: '*', Condition }]);
}

const policy = (Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

const until = (expiresAt: Date) => ({ Condition: { DateLessThan: { 'aws:CurrentTime': expiresAt.toISOString() } } });
