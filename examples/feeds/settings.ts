import * as z from 'zod/mini';
import { ENV_FEEDS } from './names';

const feedList = z.array(z.url({ protocol: /^https?$/ })).check(z.minLength(1));

/**
 * The value of an environment variable that the stack sets.
 *
 * @throws when it is missing
 */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`environment variable ${name} must be set, got nothing: deploy this function with its stack`);
  return value;
}

/**
 * URLs of the feeds to pull.
 *
 * @throws when the environment does not hold a list of at least one http or https URL
 */
export function requireFeeds(): string[] {
  const text = requireEnv(ENV_FEEDS);
  try {
    return feedList.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${ENV_FEEDS} must be a JSON list of http or https URLs, got: ${text}`, { cause });
  }
}
