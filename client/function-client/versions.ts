import {
  DeleteFunctionCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  waitUntilPublishedVersionActive,
} from '@aws-sdk/client-lambda';
import { invalid } from '../../lambda/shared/checks';
import { toConfiguration } from './configuration';
import { NotReadyError } from './errors';
import type { FunctionRef } from './function-ref';
import { allPages } from './pages';
import { attempt, ofFunction } from './service-errors';
import type { FunctionConfiguration } from './types';
import { waitUntil } from './waiting';

const PUBLISH_WAIT_SECONDS = 300;

/** What to publish. */
export interface PublishVersionOptions {
  /** At most 256 characters. @default - that of the function */
  readonly description?: string;
  /** Base64 of the SHA-256 that the package must have: nothing else is published. @default - whatever is there */
  readonly codeSha256?: string;
}

/** The published versions of a function: `FunctionClient.versions`. */
export class FunctionVersions {
  /** @internal */
  public constructor(private readonly ref: FunctionRef) {}

  /**
   * Publishes the function as it is, once no update of it goes, and waits until the version is active. When nothing has
   * changed since the last version, that one comes back.
   *
   * @throws FunctionNotFoundError, NotReadyError when the version fails
   */
  public async publish(options: PublishVersionOptions = {}): Promise<FunctionConfiguration> {
    const { name, reference, clients } = this.ref;
    await waitUntil('updated', { ...this.ref, qualifier: undefined });
    const command = new PublishVersionCommand({
      FunctionName: reference,
      Description: options.description,
      CodeSha256: options.codeSha256,
    });
    const published = await attempt(ofFunction('publish', name), () => clients.lambda.send(command));
    const version = { FunctionName: reference, Qualifier: published.Version };
    try {
      await waitUntilPublishedVersionActive({ client: clients.lambda, maxWaitTime: PUBLISH_WAIT_SECONDS, minDelay: 1 }, version);
    } catch (cause) {
      throw new NotReadyError(`version ${published.Version} of function '${name}' must become active, got: ${cause}`, {
        code: 'Failed',
        remedy: 'Read stateReason of the version (versions.list), mend it, update the function and publish again.',
        cause,
      });
    }
    return toConfiguration(published);
  }

  /** The published versions, the oldest first; not `$LATEST`. @throws FunctionNotFoundError */
  public async list(): Promise<FunctionConfiguration[]> {
    const { name, reference, clients } = this.ref;
    const all = await allPages(
      (Marker) =>
        attempt(ofFunction('list the versions of', name), () =>
          clients.lambda.send(new ListVersionsByFunctionCommand({ FunctionName: reference, Marker })),
        ),
      ({ Versions, NextMarker }) => ({ items: Versions, marker: NextMarker }),
    );
    return all.filter(({ Version }) => Version !== '$LATEST').map(toConfiguration);
  }

  /**
   * Deletes a version.
   *
   * @param version its number
   * @throws ConflictError when an alias points to it, ResourceNotFoundError when it is not there
   */
  public async delete(version: string): Promise<void> {
    // Without a number Lambda would delete the function.
    if (!/^\d+$/.test(version)) throw invalid('a version must be the number of a published version', version);
    const { name, reference, clients } = this.ref;
    await attempt({ doing: `delete version ${version} of function '${name}'` }, () =>
      clients.lambda.send(new DeleteFunctionCommand({ FunctionName: reference, Qualifier: version })),
    );
  }
}
