import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { readAssemblies } from './assembly';
import { readJson } from './read-json';

const FILE = z.looseObject({});
/** What tells the CDK to act with another role than the credentials of its own process. */
const ROLES = new Set([
  'assumeRoleArn',
  'assumeRoleExternalId',
  'assumeRoleAdditionalOptions',
  'cloudFormationExecutionRoleArn',
  'lookupRole',
]);

/**
 * Changes a cloud assembly, and those of its stages, so that the CDK deploys it with its own credentials, as with
 * `CliCredentialsStackSynthesizer`. MiniStack refuses the role that publishes assets, once it enforces IAM policies.
 *
 * @param directory a folder that belongs to the local run or the test
 */
export function useCliCredentials(directory: string): void {
  for (const assembly of readAssemblies(directory)) {
    const files = readdirSync(assembly.directory).filter((name) => name === 'manifest.json' || name.endsWith('.assets.json'));
    for (const path of files.map((name) => join(assembly.directory, name))) {
      const content = readJson(path, FILE);
      const text = JSON.stringify(content, (key, value) => (ROLES.has(key) ? undefined : value), 2);
      writeFileSync(path, text);
    }
  }
}
