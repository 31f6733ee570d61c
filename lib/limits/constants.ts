// Limits and name patterns of AWS, each with its source. Constructs, clients and handlers check the same ones. No import of
// aws-cdk-lib here.

/** Memory of a function, in MiB. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const FUNCTION_MEMORY_MIB = { min: 128, max: 10_240 } as const;

/** Timeout of a function, in seconds. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const FUNCTION_TIMEOUT_SECONDS = { min: 1, max: 900 } as const;

/** Size of `/tmp`, in MiB; `min` is also the default. @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html */
export const EPHEMERAL_STORAGE_MIB = { min: 512, max: 10_240 } as const;

/** Retries of an asynchronous invocation. @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
export const ASYNCHRONOUS_RETRIES = { min: 0, max: 2 } as const;

/** Bytes of all environment variables, names and values together. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const ENVIRONMENT_MAX_BYTES = 4_096;

/** Name of an environment variable. @see https://docs.aws.amazon.com/lambda/latest/api/API_Environment.html */
export const ENVIRONMENT_VARIABLE_NAME = /^[A-Za-z][A-Za-z0-9_]+$/;

/** Characters of the name of a function. @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
export const FUNCTION_NAME_MAX_LENGTH = 64;

/** Name of a function, without account or region. @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
export const FUNCTION_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Name of an alias: never digits alone, which is a version. @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html */
export const ALIAS_NAME = /^(?!\d+$)[A-Za-z0-9_-]{1,128}$/;

/** Version or alias of a function. @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export const QUALIFIER = /^(\$LATEST|[A-Za-z0-9_-]{1,128})$/;

/** Characters of the description of a function, a layer or an alias. @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
export const DESCRIPTION_MAX_LENGTH = 256;

/** Layers of a function. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const FUNCTION_MAX_LAYERS = 5;

/** Name of a layer. @see https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html */
export const LAYER_NAME = /^[A-Za-z0-9_-]{1,140}$/;
export const LAYER_NAME_MAX_LENGTH = 140;

/** Characters of the license of a layer. @see https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html */
export const LAYER_LICENSE_MAX_LENGTH = 512;

/** Bytes of a zip that is part of a request. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const ZIP_UPLOAD_MAX_BYTES = 52_428_800;

/** Bytes of a function and its layers together, unzipped. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const UNZIPPED_MAX_BYTES = 262_144_000;

/** Bytes of the payload, and of the response, of a synchronous invocation. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const SYNCHRONOUS_PAYLOAD_MAX_BYTES = 6_291_456;

/** Bytes of the payload of an asynchronous invocation. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const ASYNCHRONOUS_PAYLOAD_MAX_BYTES = 1_048_576;

/** Bytes of the input of a schedule. @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html */
export const SCHEDULE_INPUT_MAX_BYTES = 262_144;

/** Runtimes that a layer may list as compatible. @see https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html */
export const LAYER_MAX_COMPATIBLE_RUNTIMES = 15;

/** Code of a region, such as `eu-west-1`. @see https://docs.aws.amazon.com/general/latest/gr/rande.html */
export const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/;

/** External id for assuming a role. @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;

/** ARN of an IAM role. @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html */
export const ROLE_ARN = /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/;

/** Name of a DynamoDB table. @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html */
export const TABLE_NAME = /^[a-zA-Z0-9_.-]{3,255}$/;

/** Namespace of custom metrics. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
export const METRIC_NAMESPACE = /^(?!AWS\/)[\w.\-/#: ]{1,255}$/;
