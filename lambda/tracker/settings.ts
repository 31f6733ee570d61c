import { ENV_FUNCTION, ENV_LOCAL, ENV_OVERLAP_LIMIT, ENV_OVERLAP_SCOPE, ENV_RUN_TABLE } from '../../lib/runs/constants';
import { readRetentionDays } from '../shared/env';

/** What the construct says of the tracking of a function. */
export interface TrackerSettings {
  readonly functionName: string;
  readonly tableName: string;
  readonly retentionDays: number;
  /** Most runs that go at a time; none where runs may overlap. */
  readonly overlapLimit?: number;
  /** Whether the limit is of the runs that the clock starts, and of no others. */
  readonly overlapOfSchedule?: boolean;
  /** Whether it runs on the user's own machine, where each retry of an invocation has another request id. */
  readonly local?: boolean;
}

/** Reads the settings; none where tracking is switched off. */
export function readSettings(env: NodeJS.ProcessEnv): TrackerSettings | undefined {
  const tableName = env[ENV_RUN_TABLE];
  if (!tableName) return undefined;
  return {
    tableName,
    functionName: env[ENV_FUNCTION] ?? env.AWS_LAMBDA_FUNCTION_NAME ?? 'unknown',
    retentionDays: readRetentionDays(env),
    overlapLimit: env[ENV_OVERLAP_LIMIT] ? Number(env[ENV_OVERLAP_LIMIT]) : undefined,
    overlapOfSchedule: env[ENV_OVERLAP_SCOPE] === 'schedule',
    local: Boolean(env[ENV_LOCAL]),
  };
}
