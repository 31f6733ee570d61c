import {
  DEFAULT_RUN_RETENTION_DAYS,
  ENV_FUNCTION,
  ENV_OVERLAP_LIMIT,
  ENV_RUN_RETENTION_DAYS,
  ENV_RUN_TABLE,
} from '../../lib/runs/constants';

/** What the construct says of the tracking of a function. */
export interface TrackerSettings {
  readonly functionName: string;
  readonly tableName: string;
  readonly retentionDays: number;
  /** Most runs that go at a time; none where runs may overlap. */
  readonly overlapLimit?: number;
}

/** Reads the settings; none where tracking is switched off. */
export function readSettings(env: NodeJS.ProcessEnv): TrackerSettings | undefined {
  const tableName = env[ENV_RUN_TABLE];
  if (!tableName) return undefined;
  return {
    tableName,
    functionName: env[ENV_FUNCTION] ?? env.AWS_LAMBDA_FUNCTION_NAME ?? 'unknown',
    retentionDays: Number(env[ENV_RUN_RETENTION_DAYS] ?? DEFAULT_RUN_RETENTION_DAYS),
    overlapLimit: env[ENV_OVERLAP_LIMIT] ? Number(env[ENV_OVERLAP_LIMIT]) : undefined,
  };
}
