import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { CommandError, reasonOf } from './errors';

const cdkJson = z.object({ context: z.optional(z.record(z.string(), z.unknown())) });

/** @throws CommandError when the folder has no cdk.json */
export function requireCdkJson(directory: string): void {
  if (existsSync(join(directory, 'cdk.json'))) return;
  throw new CommandError(
    `no cdk.json in ${directory}`,
    "Run the command in the folder of a CDK app. To make an app, run 'npx cdk init app --language typescript'.",
  );
}

/**
 * Context values in the app's cdk.json.
 *
 * @returns no values when the folder has no cdk.json
 * @throws CommandError when it is not JSON, or its context is not an object
 */
export function readCdkContext(directory: string): Readonly<Record<string, unknown>> {
  const path = join(directory, 'cdk.json');
  if (!existsSync(path)) return {};
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CommandError(`${path} must be JSON: ${reasonOf(error)}`, undefined, { cause: error });
  }
  const { data, error } = cdkJson.safeParse(content);
  if (error)
    throw new CommandError(`context in ${path} must be an object, got: ${JSON.stringify(Object(content).context ?? content)}`);
  return data.context ?? {};
}
