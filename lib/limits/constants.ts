// Limits and name patterns of AWS, each with its source. Shared by constructs, clients and handlers. No import of aws-cdk-lib here.

/** Memory of a function, in MiB; `min` is also the default. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const FUNCTION_MEMORY_MIB = { min: 128, max: 10_240 } as const;

/** Timeout of a function, in seconds. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const FUNCTION_TIMEOUT_SECONDS = { min: 1, max: 900 } as const;

/** Size of `/tmp`, in MiB; `min` is also the default. @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html */
export const EPHEMERAL_STORAGE_MIB = { min: 512, max: 10_240 } as const;

/** Retries of an asynchronous invocation. @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
export const ASYNCHRONOUS_RETRIES = { min: 0, max: 2 } as const;

/** Age of an event for which Lambda invokes a function, in seconds. @see https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html */
export const EVENT_AGE_SECONDS = { min: 60, max: 21_600 } as const;

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

/** Characters of an idempotency key: as part of a sort key of DynamoDB, each may take 4 of its 1,024 bytes. */
export const IDEMPOTENCY_KEY_MAX_LENGTH = 255;

/** Bytes of the result of an invocation, as the error message of Lambda states them. */
export const RESULT_MAX_BYTES = 6_291_556;

/** Bytes of the payload of an asynchronous invocation. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const ASYNCHRONOUS_PAYLOAD_MAX_BYTES = 1_048_576;

/** Bytes of the input of a schedule. @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html */
export const SCHEDULE_INPUT_MAX_BYTES = 262_144;

/** Number of a published version. @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html */
export const PUBLISHED_VERSION = /^[1-9]\d*$/;

/** Timeout of a function that sets none, in seconds. @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
export const FUNCTION_TIMEOUT_DEFAULT_SECONDS = 3;

/** URI of an image in a private repository of Amazon ECR: Lambda pulls from nowhere else. @see https://docs.aws.amazon.com/lambda/latest/dg/images-create.html */
export const IMAGE_URI =
  /^\d{12}\.dkr\.ecr(?:-fips)?\.(?<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/[a-z0-9]+(?:[._/-][a-z0-9]+)*(?::[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})$/;

/** Percentage of the first step of a traffic shift. @see https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_TimeBasedCanary.html */
export const TRAFFIC_SHIFT_PERCENT = { min: 1, max: 99 } as const;

/** Minutes of a whole traffic shift. @see https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html */
export const TRAFFIC_SHIFT_MINUTES = { min: 1, max: 2_880 } as const;

/** Messages of a batch from a queue; `maxWithWindow` applies to a standard queue with a batching window. @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
export const QUEUE_BATCH_SIZE = { min: 1, max: 10, maxWithWindow: 10_000 } as const;

/** Records of a batch from a stream. @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
export const STREAM_BATCH_SIZE = { min: 1, max: 10_000 } as const;

/** Time to gather a batch, in seconds. @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
export const BATCHING_WINDOW_SECONDS = { min: 0, max: 300 } as const;

/** Filters of an event source, after a quota increase; 5 before. @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html */
export const EVENT_SOURCE_MAX_FILTERS = 10;

/** Concurrent invocations by one queue. @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
export const QUEUE_CONCURRENCY = { min: 2, max: 1_000 } as const;

/** Deliveries of a message before it goes to the dead-letter queue. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
export const QUEUE_RECEIVE_COUNT = { min: 1, max: 1_000 } as const;

/** Visibility timeout of a queue that sets none, in seconds. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
export const QUEUE_VISIBILITY_TIMEOUT_DEFAULT_SECONDS = 30;

/** Visibility timeout of a queue, as a multiple of the timeout of the function. @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
export const QUEUE_VISIBILITY_TIMEOUT_FACTOR = 6;

/** Retries of a failed record of a stream. @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
export const STREAM_RETRIES = { min: 0, max: 10_000 } as const;

/** Tumbling window of a stream, in seconds. @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
export const STREAM_WINDOW_SECONDS = { min: 0, max: 900 } as const;

/** Age of a record of a stream, in seconds. @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
export const STREAM_RECORD_AGE_SECONDS = { min: 60, max: 604_800 } as const;

/** Concurrent batches of one shard. @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
export const STREAM_PARALLELIZATION = { min: 1, max: 10 } as const;

/** Runtimes that a layer may list as compatible. @see https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html */
export const LAYER_MAX_COMPATIBLE_RUNTIMES = 15;

/** Id of an account. @see https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html */
export const ACCOUNT_ID = /^\d{12}$/;

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
export const METRIC_NAMESPACE_MAX_LENGTH = 255;

/** Characters of the name of an event, which is the detail type in EventBridge. @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html */
export const EVENT_NAME_MAX_LENGTH = 128;

/** Bytes of all entries of one PutEvents call. @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
export const PUT_EVENTS_MAX_BYTES = 1_048_576;

/** Entries of one PutEvents call. @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
export const PUT_EVENTS_MAX_ENTRIES = 10;

/** Messages of one SendMessageBatch request. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
export const SEND_BATCH_MAX_MESSAGES = 10;

/**
 * Bytes of all messages of one SendMessageBatch request, for queues that keep the limit from before AWS raised it to 1 MiB.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
export const SEND_BATCH_MAX_BYTES = 262_144;

/** Keys of one BatchGetItem request. @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
export const BATCH_GET_MAX_KEYS = 100;

// Limits of this library.

/** Concurrent runs of a function with `Overlap.skip` or `Overlap.queue`. */
export const OVERLAP_LIMIT = { min: 1, max: 100 } as const;

/** Characters of the version of a module. */
export const MODULE_VERSION_MAX_LENGTH = 128;

/** Characters of the prefix of a function name, which leaves one for the name. */
export const FUNCTION_PREFIX_MAX_LENGTH = FUNCTION_NAME_MAX_LENGTH - 1;

/** Retries of a call of a module. */
export const MAX_RETRIES = { min: 0, max: 20 } as const;

/** Delay of a retry of a call of a module, in milliseconds. */
export const RETRY_DELAY_MS = { min: 1, max: 900_000 } as const;

/** Time to connect to AWS for a call of a module, in milliseconds. */
export const CONNECTION_TIMEOUT_MS = { min: 1, max: 900_000 } as const;

/** Time of one attempt of a call of a module, in milliseconds. */
export const REQUEST_TIMEOUT_MS = { min: 1, max: 900_000 } as const;

/** Module name: 1 to 128 letters, digits, '_' and '-'. */
export const MODULE_NAME = /^[A-Za-z0-9_-]{1,128}$/;

/** Seconds between two runs: at most 100 years. */
export const INTERVAL_MAX_SECONDS = 100 * 365 * 86_400;

/** Bytes of the payload of a schedule. 1 KB of the input is kept for the other fields of the event. */
export const SCHEDULE_PAYLOAD_MAX_BYTES = SCHEDULE_INPUT_MAX_BYTES - 1_024;

/** Characters of `repr`, of `stdout` and of the JSON of `result` of the debug shell. It keeps the response below the 6 MB of Lambda. */
export const SHELL_TEXT_MAX_LENGTH = 500_000;

/** Bytes of the files of a dependency, and bytes of their zip, because zips are written without Zip64. */
export const DEPENDENCY_MAX_BYTES = 2 ** 32 - 1;

/** Files of a dependency, because zips are written without Zip64. */
export const DEPENDENCY_MAX_FILES = 65_535;

/** Days that the record of a run is kept. */
export const RUN_RETENTION_DAYS = { min: 1, max: 3_650 } as const;
