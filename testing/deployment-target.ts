import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CdkCommand } from '../engine/cdk';
import type { ClientSettings } from '../engine/client-settings';

/** Where the stacks are deployed. */
export interface DeploymentTarget {
  readonly clientSettings: ClientSettings & { readonly region: string };
  readonly environment: Readonly<Record<string, string>>;
  /** Takes them away. */
  readonly remove: () => Promise<void>;
}

/** What a deploy works with. */
export interface DeployRequest {
  readonly assemblyDirectory: string;
  readonly directory: string;
  /** Of the test's own; it is deleted in the end. */
  readonly folder: string;
  readonly log?: (line: string) => void;
}

/** The CDK's command, for what was synthesized. */
export function cdkCommand(request: DeployRequest, environment: Readonly<Record<string, string>>): CdkCommand {
  // In a folder without the app: what is deployed is what was synthesized here.
  writeFileSync(join(request.folder, 'cdk.json'), '{}');
  return new CdkCommand({
    directory: request.folder,
    project: request.directory,
    output: request.assemblyDirectory,
    environment,
    log: request.log,
  });
}
