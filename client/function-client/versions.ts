import { DeleteFunctionCommand, ListVersionsByFunctionCommand, PublishVersionCommand } from '@aws-sdk/client-lambda';
import { invalid } from '../../lambda/shared/checks';
import { PUBLISHED_VERSION } from '../../lib/limits/constants';
import { toConfiguration } from '../shared/configuration';
import { allPages } from '../shared/pages';
import { callAws, functionAction } from '../shared/service-errors';
import type { FunctionConfiguration } from '../shared/types';
import type { FunctionRef } from './function-ref';
import { ACTIVE, UPDATED, waitUntil } from './waiting';

/** Options of `publish`. */
export interface PublishVersionOptions {
  /** Description of at most 256 characters. @default - the description of the function */
  readonly description?: string;
  /** SHA-256 of the deployment package, in Base64. A package with another one is not published. @default - not checked */
  readonly codeSha256?: string;
}

/** The published versions of a function: `FunctionClient.versions`. */
export class FunctionVersions {
  /** @internal */
  public constructor(private readonly ref: FunctionRef) {}

  /**
   * Waits for an update in progress, publishes the current code and configuration, and waits until the version is active.
   * When nothing has changed since the last version, returns that version.
   *
   * @throws FunctionNotFoundError, NotReadyError when the version does not become active
   */
  public async publish(options: PublishVersionOptions = {}): Promise<FunctionConfiguration> {
    const { name, reference, clients } = this.ref;
    await waitUntil(UPDATED, { ...this.ref, qualifier: undefined });
    const command = new PublishVersionCommand({
      FunctionName: reference,
      Description: options.description,
      CodeSha256: options.codeSha256,
    });
    const published = await callAws(functionAction('publish', name), () => clients.lambda.send(command));
    return waitUntil(ACTIVE, { ...this.ref, qualifier: published.Version });
  }

  /** Lists the published versions, oldest first, without `$LATEST`. @throws FunctionNotFoundError */
  public async list(): Promise<FunctionConfiguration[]> {
    const { name, reference, clients } = this.ref;
    const all = await allPages(
      (Marker) =>
        callAws(functionAction('list the versions of', name), () =>
          clients.lambda.send(new ListVersionsByFunctionCommand({ FunctionName: reference, Marker })),
        ),
      ({ Versions, NextMarker }) => ({ items: Versions, marker: NextMarker }),
    );
    return all.filter(({ Version }) => Version !== '$LATEST').map(toConfiguration);
  }

  /**
   * Deletes a version.
   *
   * @param version version number
   * @throws ConflictError when an alias points to the version, ResourceNotFoundError when it does not exist
   */
  public async delete(version: string): Promise<void> {
    // Without a version number, Lambda would delete the whole function.
    if (!PUBLISHED_VERSION.test(version)) throw invalid('a version must be the number of a published version', version);
    const { name, reference, clients } = this.ref;
    await callAws({ description: `delete version ${version} of function '${name}'` }, () =>
      clients.lambda.send(new DeleteFunctionCommand({ FunctionName: reference, Qualifier: version })),
    );
  }
}
