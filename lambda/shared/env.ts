import { DEFAULT_RUN_RETENTION_DAYS, ENV_RUN_RETENTION_DAYS } from '../../lib/runs/constants';

/**
 * Reads an environment variable that the construct sets.
 *
 * @throws when it is missing, because the function was not deployed by its construct
 */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`environment variable ${name} is not set: deploy this function with its construct`);
  return value;
}

/** Reads the retention of run records, in days. */
export function readRetentionDays(env: NodeJS.ProcessEnv): number {
  return Number(env[ENV_RUN_RETENTION_DAYS] ?? DEFAULT_RUN_RETENTION_DAYS);
}
