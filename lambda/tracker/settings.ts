import { ENV_FUNCTION, ENV_LOCAL, ENV_OVERLAP_LIMIT, ENV_OVERLAP_SCOPE, ENV_RUN_TABLE } from '../../lib/runs/constants';
import { readRetentionDays } from '../shared/env';

/** Settings of the run tracker, which the construct passes in environment variables. */
export interface TrackerSettings {
  readonly functionName: string;
  readonly tableName: string;
  readonly retentionDays: number;
  /** Maximum number of concurrent runs; undefined if runs may overlap. */
  readonly overlapLimit?: number;
  /** Whether the limit applies to scheduled runs only. */
  readonly overlapOfSchedule?: boolean;
  /** Whether the function runs in the local engine, where each retry of an invocation has another request id. */
  readonly local?: boolean;
}

/** Reads the settings. @returns undefined if tracking is switched off */
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
