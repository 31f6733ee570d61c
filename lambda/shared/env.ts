import { DEFAULT_RUN_RETENTION_DAYS, ENV_RUN_RETENTION_DAYS } from '../../lib/runs/constants';

/**
 * The value of an environment variable that the construct sets.
 *
 * @throws when it is missing: the function was not deployed by its construct
 */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`environment variable ${name} is not set: deploy this function with its construct`);
  return value;
}

/** For how many days a record of a run is kept. */
export function readRetentionDays(env: NodeJS.ProcessEnv): number {
  return Number(env[ENV_RUN_RETENTION_DAYS] ?? DEFAULT_RUN_RETENTION_DAYS);
}
