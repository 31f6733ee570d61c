import type { Architecture, FunctionCode, FunctionConfiguration, TracingMode } from '../shared/types';

/** Settings of a function. */
export interface FunctionSettings {
  /** ARN of the execution role. @default - unchanged */
  readonly role?: string;
  /** Identifier of the runtime, such as `python3.13` or `nodejs24.x`. Not allowed for an image. @default - unchanged; a new function from a zip requires it */
  readonly runtime?: string;
  /** Handler, such as `app.run`. Not allowed for an image. @default - unchanged; a new function from a zip requires it */
  readonly handler?: string;
  /** Description of at most 256 characters. @default - unchanged; for a new function, none */
  readonly description?: string;
  /** Memory in MiB: a whole number from 128 to 10,240. @default - unchanged; for a new function, 512 */
  readonly memorySize?: number;
  /** Timeout in seconds: a whole number from 1 to 900. @default - unchanged; for a new function, 60 */
  readonly timeout?: number;
  /** Size of /tmp in MiB: a whole number from 512 to 10,240. @default - unchanged; for a new function, 512 */
  readonly ephemeralStorageSize?: number;
  /** All environment variables: at most 4 KB, names and values together. @default - unchanged; for a new function, none */
  readonly environment?: Readonly<Record<string, string>>;
  /** ARNs of all layer versions in their order, at most 5. Not allowed for an image. @default - unchanged; for a new function, none */
  readonly layers?: readonly string[];
  /** Tracing by X-Ray. @default - unchanged; for a new function, `PassThrough` */
  readonly tracingMode?: TracingMode;
  /** Name of the log group. @default - unchanged; for a new function, `/aws/lambda/` and its name */
  readonly logGroup?: string;
}

/** A function to create. The defaults are 512 MiB, 60 seconds, x86_64 and tracing `PassThrough`. */
export interface FunctionSpec extends FunctionSettings {
  readonly code: FunctionCode;
  /** ARN of the execution role. `create` waits for a new role until Lambda can assume it. */
  readonly role: string;
  /** @default 'x86_64' */
  readonly architecture?: Architecture;
  /** Tags of the function. @default - none */
  readonly tags?: Readonly<Record<string, string>>;
}

/** Changes of a function. Settings that are left out stay as they are. */
export interface FunctionChanges extends FunctionSettings {
  /** Code of the function. @default - unchanged */
  readonly code?: FunctionCode;
  /** Instruction set. Requires `code`: Lambda changes both together. @default - unchanged */
  readonly architecture?: Architecture;
}

/** A function and the location of its code. */
export interface FunctionInfo {
  readonly configuration: FunctionConfiguration;
  /** URL of the deployment package, valid for 10 minutes; undefined for an image. */
  readonly codeLocation?: string;
  /** URI of the image with its digest; undefined for a zip. */
  readonly imageUri?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Reserved concurrency; undefined when none is reserved. */
  readonly reservedConcurrentExecutions?: number;
}

/** Result of `deploy`. */
export interface DeployResult {
  /** Whether the function was created, rather than updated. */
  readonly created: boolean;
  readonly configuration: FunctionConfiguration;
}

/** Options of `delete`. */
export interface DeleteFunctionOptions {
  /**
   * Whether to delete the log group too. It is kept when other functions of the region log to it.
   *
   * @default false
   */
  readonly logGroup?: boolean;
}

/** Result of `delete`. */
export interface DeleteFunctionResult {
  /** Whether the function existed. */
  readonly functionDeleted: boolean;
  /** Name of the deleted log group. */
  readonly logGroupDeleted?: string;
  /** The log group that was kept because the functions in `sharedWith` log to it. */
  readonly logGroupKept?: { readonly logGroup: string; readonly sharedWith: readonly string[] };
}

/** Quotas of an account in a region, and their use. */
export interface AccountSettings {
  readonly limit: {
    /** Bytes of all deployment packages and layers together. */
    readonly totalCodeSize: number;
    /** Bytes of one unzipped function, layers included. */
    readonly codeSizeUnzipped: number;
    /** Bytes of a zip that is uploaded directly. */
    readonly codeSizeZipped: number;
    readonly concurrentExecutions: number;
    /** Concurrent executions left for functions without reserved concurrency. */
    readonly unreservedConcurrentExecutions: number;
  };
  readonly usage: {
    /** Bytes of all deployment packages and layers together. */
    readonly totalCodeSize: number;
    readonly functionCount: number;
  };
}
