import * as z from 'zod/mini';
import { ENV_FEEDS } from './names';

/** Timeouts of requests to DynamoDB, in milliseconds. By default, the clients of the SDK wait without end. */
export const TIMEOUTS = { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true } as const;

const feedList = z.array(z.url({ protocol: /^https?$/ })).check(z.minLength(1));

/**
 * Reads an environment variable that the stack sets.
 *
 * @throws when it is not set
 */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`environment variable ${name} must be set, got nothing: deploy this function with its stack`);
  return value;
}

/**
 * Reads the URLs of the feeds to pull from the environment.
 *
 * @throws when it is not a list of at least one http or https URL
 */
export function requireFeeds(): string[] {
  const text = requireEnv(ENV_FEEDS);
  try {
    return feedList.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${ENV_FEEDS} must be a JSON list of http or https URLs, got: ${text}`, { cause });
  }
}
