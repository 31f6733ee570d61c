import type { SdkClient } from '../../lambda/shared/sdk-client';

/** AWS credentials in the form that the SDK takes. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When the credentials expire. @default - they don't expire */
  readonly expiration?: Date;
}

/** Region, credentials and SDK clients that the clients of this package use. */
export interface FunctionClientOptions {
  /** Region. @default - the region of the function's ARN, otherwise the SDK's default: `AWS_REGION` or the profile */
  readonly region?: string;
  /** Endpoint URL, such as that of the local engine. @default - the AWS endpoint of the region */
  readonly endpoint?: string;
  /** Credentials, or a function that gets them. @default - the SDK's default: environment, profile or role */
  readonly credentials?: AwsCredentials | (() => Promise<AwsCredentials>);
  /**
   * A Lambda client of SDK v3. It is also used for invocations: set `maxAttempts: 1`, or a retry of the SDK may run a
   * function twice.
   *
   * @default - created at the first call and reused; it waits up to 16 minutes for an invocation and does not retry it
   */
  readonly lambda?: SdkClient;
  /** A CloudWatch Logs client of SDK v3. @default - created at the first call and reused */
  readonly logs?: SdkClient;
}

/** Instruction set of a function. */
export type Architecture = 'x86_64' | 'arm64';

/** `Active` samples and records X-Ray traces, `PassThrough` only passes them on. */
export type TracingMode = 'Active' | 'PassThrough';

/** The code of a function as a zip. */
export interface ZipFileCode {
  /** Bytes or path of a zip of at most 50 MB. Upload a larger one to S3, and use `S3Code`. */
  readonly zipFile: Uint8Array | string;
}

/** The code of a function as a local folder. */
export interface FolderCode {
  /** Path of the folder, which is zipped without changes. The zip must have at most 50 MB. */
  readonly folder: string;
}

/** The code of a function as a zip in S3. */
export interface S3Code {
  /** Name of a bucket in the region of the function. */
  readonly s3Bucket: string;
  /** Key of the zip. Unzipped, it must have at most 250 MB, layers included. */
  readonly s3Key: string;
  /** Version of the object. @default - the newest */
  readonly s3ObjectVersion?: string;
}

/** The code of a function as a container image. */
export interface ImageCode {
  /** URI of an image in Amazon ECR, in the region of the function. */
  readonly imageUri: string;
}

/** The code of a function. */
export type FunctionCode = ZipFileCode | FolderCode | S3Code | ImageCode;

/** Configuration of a function or of one of its versions. */
export interface FunctionConfiguration {
  readonly functionName: string;
  readonly functionArn: string;
  /** `$LATEST` or a version number. */
  readonly version: string;
  readonly packageType: 'Zip' | 'Image';
  readonly runtime?: string;
  readonly handler?: string;
  readonly role: string;
  readonly description: string;
  /** Memory in MiB. */
  readonly memorySize: number;
  /** Timeout in seconds. */
  readonly timeout: number;
  /** Size of /tmp in MiB. */
  readonly ephemeralStorageSize: number;
  readonly architecture: Architecture;
  readonly tracingMode: TracingMode;
  readonly environment: Readonly<Record<string, string>>;
  /** ARNs of the layer versions. */
  readonly layers: readonly string[];
  /** Name of the log group. */
  readonly logGroup: string;
  readonly logFormat: 'Text' | 'JSON';
  /** Size of the deployment package in bytes. */
  readonly codeSize: number;
  /** SHA-256 of the deployment package, in Base64. */
  readonly codeSha256: string;
  /** `Pending`, `Active`, `Inactive` or `Failed`. */
  readonly state: string;
  /** Reason for the state. */
  readonly stateReason?: string;
  /** `Successful`, `InProgress` or `Failed`. */
  readonly lastUpdateStatus: string;
  /** Reason for `lastUpdateStatus`. */
  readonly lastUpdateStatusReason?: string;
  readonly lastModified: Date;
  readonly revisionId?: string;
}
