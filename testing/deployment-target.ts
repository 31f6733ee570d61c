import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CdkCommand } from '../engine/cdk';
import type { ClientSettings } from '../engine/client-settings';

/** Where stacks are deployed. */
export interface DeploymentTarget {
  readonly clientSettings: ClientSettings & { readonly region: string };
  readonly environment: Readonly<Record<string, string>>;
  /** Removes the stacks. */
  readonly remove: () => Promise<void>;
}

/** What to deploy. */
export interface DeployRequest {
  readonly assemblyDirectory: string;
  /** Folder of the app. */
  readonly directory: string;
  /** Temporary folder of the test. */
  readonly folder: string;
  readonly log?: (line: string) => void;
  /** Whether MiniStack enforces IAM policies. */
  readonly iam?: boolean;
}

/** The CDK command on the assembly. */
export function cdkCommand(request: DeployRequest, environment: Readonly<Record<string, string>>): CdkCommand {
  // A folder without an app, so that the CDK deploys this assembly and does not synthesize again.
  writeFileSync(join(request.folder, 'cdk.json'), '{}');
  return new CdkCommand({
    directory: request.folder,
    project: request.directory,
    output: request.assemblyDirectory,
    environment,
    log: request.log,
  });
}
