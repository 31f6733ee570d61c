import type { SdkClient } from '../../lambda/shared/sdk-client';

/** Credentials of AWS, as the SDK takes them. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When they end. @default - they don't */
  readonly expiration?: Date;
}

/** Where the clients of this module work; all of it has a default. */
export interface FunctionClientOptions {
  /** Region. @default - that of the function's ARN, else that of the SDK: `AWS_REGION`, the profile */
  readonly region?: string;
  /** Endpoint instead of AWS's, such as that of the local engine. @default - AWS */
  readonly endpoint?: string;
  /** Credentials, or what gets them. @default - those of the SDK: environment, profile, role */
  readonly credentials?: AwsCredentials | (() => Promise<AwsCredentials>);
  /**
   * A Lambda client of SDK v3. It is used for invocations as well: give it `maxAttempts: 1`, or a retry of the SDK
   * may run a function twice.
   *
   * @default - one that is made at the first call and kept; it waits 16 minutes for an invocation and tries it once
   */
  readonly lambda?: SdkClient;
  /** A CloudWatch Logs client of SDK v3. @default - one that is made at the first call and kept */
  readonly logs?: SdkClient;
}

/** Instruction set of a function. */
export type Architecture = 'x86_64' | 'arm64';

/** `Active` samples and records traces with X-Ray, `PassThrough` only passes them on. */
export type TracingMode = 'Active' | 'PassThrough';

/** The code of a function, as a zip. */
export interface ZipFileCode {
  /** The bytes of a zip, or the path of one: at most 50 MB. A larger one goes by way of S3. */
  readonly zipFile: Uint8Array | string;
}

/** The code of a function, as a folder of this machine. */
export interface FolderCode {
  /** Path of a folder: it is zipped as it is, at most 50 MB. */
  readonly folder: string;
}

/** The code of a function, as a zip in S3. */
export interface S3Code {
  /** Name of a bucket in the function's region. */
  readonly s3Bucket: string;
  /** Key of a zip: at most 250 MB unzipped, layers included. */
  readonly s3Key: string;
  /** @default - the newest */
  readonly s3ObjectVersion?: string;
}

/** The code of a function, as a container image. */
export interface ImageCode {
  /** URI of an image in Amazon ECR, of the function's region. */
  readonly imageUri: string;
}

/** Where the code of a function comes from. */
export type FunctionCode = ZipFileCode | FolderCode | S3Code | ImageCode;

/** The settings of a function. */
export interface FunctionSettings {
  /** ARN of the execution role. */
  readonly role?: string;
  /** Identifier of the runtime, such as `python3.13` or `nodejs24.x`; not for an image. */
  readonly runtime?: string;
  /** Handler, such as `app.run`; not for an image. */
  readonly handler?: string;
  /** At most 256 characters. */
  readonly description?: string;
  /** Memory in MiB: a whole number from 128 to 10,240. */
  readonly memorySize?: number;
  /** Timeout in seconds: a whole number from 1 to 900. */
  readonly timeout?: number;
  /** Size of /tmp in MiB: a whole number from 512 to 10,240. */
  readonly ephemeralStorageSize?: number;
  /** All environment variables: at most 4 KB, names and values together. */
  readonly environment?: Readonly<Record<string, string>>;
  /** ARNs of all layer versions, in their order: at most 5. Not for an image. */
  readonly layers?: readonly string[];
  readonly tracingMode?: TracingMode;
  /** Name of the log group. */
  readonly logGroup?: string;
}

/** A function to create. Unless it says otherwise: 512 MiB, 60 seconds, x86_64, tracing `PassThrough`. */
export interface FunctionSpec extends FunctionSettings {
  readonly code: FunctionCode;
  /** ARN of the execution role. A role that is seconds old is waited for. */
  readonly role: string;
  /** @default 'x86_64' */
  readonly architecture?: Architecture;
  /** Tags of the function. @default - none */
  readonly tags?: Readonly<Record<string, string>>;
}

/** What to change of a function; what is not given stays. */
export interface FunctionChanges extends FunctionSettings {
  readonly code?: FunctionCode;
  /** Changes with the code alone. */
  readonly architecture?: Architecture;
}

/** The configuration of a function, or of one of its versions. */
export interface FunctionConfiguration {
  readonly functionName: string;
  readonly functionArn: string;
  /** `$LATEST`, or the number of a version. */
  readonly version: string;
  readonly packageType: 'Zip' | 'Image';
  readonly runtime?: string;
  readonly handler?: string;
  readonly role: string;
  readonly description: string;
  /** MiB. */
  readonly memorySize: number;
  /** Seconds. */
  readonly timeout: number;
  /** Size of /tmp in MiB. */
  readonly ephemeralStorageSize: number;
  readonly architecture: Architecture;
  readonly tracingMode: TracingMode;
  readonly environment: Readonly<Record<string, string>>;
  /** ARNs of its layer versions. */
  readonly layers: readonly string[];
  /** Name of its log group. */
  readonly logGroup: string;
  readonly logFormat: 'Text' | 'JSON';
  /** Size of the package in bytes. */
  readonly codeSize: number;
  /** Base64 of the SHA-256 of the package. */
  readonly codeSha256: string;
  /** `Pending`, `Active`, `Inactive` or `Failed`. */
  readonly state: string;
  /** Why it is in its state. */
  readonly stateReason?: string;
  /** `Successful`, `InProgress` or `Failed`. */
  readonly lastUpdateStatus: string;
  /** Why the last update failed. */
  readonly lastUpdateStatusReason?: string;
  readonly lastModified: Date;
  readonly revisionId?: string;
}

/** A function with where its code is. */
export interface FunctionInfo {
  readonly configuration: FunctionConfiguration;
  /** URL of the package, for 10 minutes; of a zip alone. */
  readonly codeLocation?: string;
  /** URI of the image with its digest; of an image alone. */
  readonly imageUri?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** @default - nothing is reserved */
  readonly reservedConcurrentExecutions?: number;
}

/** How `deploy` ended. */
export interface DeployResult {
  /** Whether the function is new. */
  readonly created: boolean;
  readonly configuration: FunctionConfiguration;
}

/** How long to wait. */
export interface WaitOptions {
  /**
   * Seconds: a whole number from 1 to 3,600.
   *
   * @default 300
   */
  readonly maxWaitTime?: number;
}

/** What to delete with a function. */
export interface DeleteFunctionOptions {
  /**
   * Delete its log group as well, unless other functions of the region log there too.
   *
   * @default false
   */
  readonly logGroup?: boolean;
}

/** What was deleted. */
export interface DeleteFunctionResult {
  /** Whether there was a function to delete. */
  readonly functionDeleted: boolean;
  /** Name of the log group that was deleted. */
  readonly logGroupDeleted?: string;
  /** Name of a log group that was kept, because the functions of `sharedWith` log there too. */
  readonly logGroupKept?: { readonly logGroup: string; readonly sharedWith: readonly string[] };
}

/** Quotas of an account in a region, and what is used of them. */
export interface AccountSettings {
  readonly limit: {
    /** Bytes of all packages and layers together. */
    readonly totalCodeSize: number;
    /** Bytes of one function unzipped, layers included. */
    readonly codeSizeUnzipped: number;
    /** Bytes of a package that is uploaded directly. */
    readonly codeSizeZipped: number;
    readonly concurrentExecutions: number;
    /** What is left of them for functions without a reservation. */
    readonly unreservedConcurrentExecutions: number;
  };
  readonly usage: {
    /** Bytes. */
    readonly totalCodeSize: number;
    readonly functionCount: number;
  };
}
