import { KatamariError } from '../../shared/errors';

/** Where a stored dependency is. */
export interface StoredObject {
  readonly bucket: string;
  readonly key: string;
}

/** A dependency that could not be loaded from a `DependencyStore`; the message ends with what to do. */
export class DependencyError extends KatamariError {
  /** The bucket that it is in; undefined where it is not in the store at all. */
  public readonly bucket?: string;
  /** Its key in the bucket. */
  public readonly key?: string;

  public constructor(message: string, options: ErrorOptions & Partial<StoredObject> = {}) {
    super(message, options);
    this.name = 'DependencyError';
    this.bucket = options.bucket;
    this.key = options.key;
  }
}

/** Whether the disk was full. */
export function isDiskFull(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'ENOSPC';
}
