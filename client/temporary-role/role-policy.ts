import { parseArn } from '../../lambda/shared/arn';
import { invalid } from '../../lambda/shared/checks';

/** Permission of a temporary role: actions on resources, each named in full. */
export interface RolePermission {
  /** Actions such as `s3:GetObject`, without wildcards. */
  readonly actions: readonly string[];
  /**
   * ARNs of the resources. A wildcard is allowed after the resource name, for parts of the resource:
   * `…:function:orders:*`, `…:table/orders/index/*` or `arn:aws:s3:::orders/*`. It is not allowed in the name itself:
   * `…:function:*` or `…:function:orders*`. For the suffix that Secrets Manager adds to the name of a secret, use `-??????`.
   */
  readonly resources: readonly string[];
}

/** Part of a name, without wildcards. */
const PART = '[^*?:/]+';

/**
 * Beginnings of ARNs, from the region on, after which a wildcard is allowed. ARNs of other services and resource types have
 * nothing after the name, or further names.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
const WITH_PARTS: ReadonlyMap<string, RegExp> = new Map(
  Object.entries({
    apigateway: behind(`/(restapis|apis)/${PART}/`),
    cloudformation: behind(`stack/${PART}/`),
    dynamodb: behind(`table/${PART}/`),
    'execute-api': behind(`${PART}/`),
    kinesis: behind(`stream/${PART}/`),
    lambda: behind(`(function|layer):${PART}:`),
    // Names of log groups and secrets may contain slashes.
    logs: behind('log-group:[^*?:]+:'),
    // Suffix of 6 characters that Secrets Manager adds to the name.
    secretsmanager: behind('secret:[^*?:]+-[?]{6}$'),
    // The ARN of an access point contains an account, that of a bucket does not.
    s3: new RegExp(`^(::${PART}/|${PART}:${PART}:accesspoint/${PART}/object/)`),
    sns: behind(`${PART}:`),
    states: behind(`(stateMachine|execution):${PART}:`),
    sts: behind(`assumed-role/${PART}/`),
  }),
);

function behind(name: string): RegExp {
  return new RegExp(`^[^:]*:[^:]*:${name}`);
}

/**
 * Checks that permissions are narrow.
 *
 * @throws InvalidParameterError when an action has a wildcard, or an ARN does not name a resource
 */
export function requireNarrow(permissions: readonly RolePermission[]): void {
  for (const { actions, resources } of permissions) {
    if (actions.length === 0 || resources.length === 0)
      throw invalid('a permission must have at least one action and one resource', { actions, resources });
    const action = actions.find((candidate) => !/^[a-z0-9-]+:[a-zA-Z]+$/.test(candidate));
    if (action !== undefined) throw invalid('an action of a temporary role must be service:Action without wildcards', action);
    const resource = resources.find((candidate) => !isNamed(candidate));
    if (resource !== undefined) throw invalid('a resource of a temporary role must be an ARN that names the resource', resource);
  }
}

function isNamed(resource: string): boolean {
  const arn = parseArn(resource);
  if (!arn?.partition || !arn.service) return false;
  const { partition, service, region, accountId, resource: name } = arn;
  if ([partition, service, region, accountId].some((part) => /[*?]/.test(part))) return false;
  return Boolean(WITH_PARTS.get(service)?.test(`${region}:${accountId}:${name}`)) || /^[^*?]*[^*?:/]$/.test(name);
}

/** Permissions of the role. They expire with the role, even if nobody deletes it. */
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

/** Principals that may assume the role until it expires. */
export function trustPolicy(principal: Readonly<Record<string, string>>, expiresAt: Date): string {
  return policy([{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', ...until(expiresAt) }]);
}

/**
 * Denies everything to credentials that were issued before a time.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
 */
export function revocationPolicy(issuedBefore: Date): string {
  const Condition = { DateLessThan: { 'aws:TokenIssueTime': issuedBefore.toISOString() } };
  return policy([{ Effect: 'Deny', Action: '*', Resource: '*', Condition }]);
}

const policy = (Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

const until = (expiresAt: Date) => ({ Condition: { DateLessThan: { 'aws:CurrentTime': expiresAt.toISOString() } } });
