import { KatamariError } from '../../shared/errors';

/** Location of a stored dependency. */
interface StoredObject {
  readonly bucket: string;
  readonly key: string;
}

/** A dependency could not be loaded from a `DependencyStore`. The message ends with the remedy. */
export class DependencyError extends KatamariError {
  /** Bucket of the dependency; undefined when the store does not contain it. */
  public readonly bucket?: string;
  /** Key of the dependency in the bucket. */
  public readonly key?: string;

  public constructor(message: string, options: { readonly cause?: unknown } & Partial<StoredObject> = {}) {
    super(message, options);
    this.name = 'DependencyError';
    this.bucket = options.bucket;
    this.key = options.key;
  }
}

/** Whether the error says that the disk is full. */
export function isDiskFull(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'ENOSPC';
}
