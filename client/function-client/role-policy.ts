import { invalid } from '../../lambda/shared/checks';

/** What a temporary role may do: actions on resources, each named in full. */
export interface RolePermission {
  /** Actions such as `s3:GetObject`; no wildcards. */
  readonly actions: readonly string[];
  /**
   * ARNs. A wildcard may stand behind the name of the resource, for what belongs to it, and neither for the name nor in it:
   * `…:function:orders:*`, `…:table/orders/index/*` and `arn:aws:s3:::orders/*`, not `…:function:*`, nor `…:function:orders*`.
   * Of a secret, `-??????` may stand for what Secrets Manager adds to its name.
   */
  readonly resources: readonly string[];
}

/** One part of a name; no wildcard. */
const PART = '[^*?:/]+';

/**
 * How a resource is named whose ARN may have wildcards behind the name, for what belongs to it: from the region on. ARNs of other
 * services and kinds have nothing behind their names, or more names.
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
    // Names of groups and secrets may have slashes.
    logs: behind('log-group:[^*?:]+:'),
    // The 6 characters that Secrets Manager adds to the name.
    secretsmanager: behind('secret:[^*?:]+-[?]{6}$'),
    // An access point has an account, a bucket has none.
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
  const name = rest.join(':');
  return Boolean(WITH_PARTS.get(service)?.test(`${region}:${account}:${name}`)) || /^[^*?]*[^*?:/]$/.test(name);
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
