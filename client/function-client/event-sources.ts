import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  type EventSourceMappingConfiguration,
  GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import { parseArn } from '../../lambda/shared/arn';
import { invalid, requireWhole } from '../../lambda/shared/checks';
import {
  BATCHING_WINDOW_SECONDS,
  QUEUE_BATCH_SIZE,
  QUEUE_CONCURRENCY,
  STREAM_BATCH_SIZE,
  STREAM_PARALLELIZATION,
  STREAM_RECORD_AGE_SECONDS,
  STREAM_RETRIES,
} from '../../lib/limits/constants';
import { NotReadyError } from '../shared/errors';
import { allPages } from '../shared/pages';
import { poll, type WaitOptions } from '../shared/poll';
import { callAws, callAwsIfFound, functionAction } from '../shared/service-errors';
import type { FunctionRef } from './function-ref';

const DEFAULT_WAIT_SECONDS = 120;
const DEFAULT_RETRIES = 3;
/** Value of `maximumRetryAttempts` that retries until the records expire. */
const UNTIL_EXPIRY = -1;

/** Services whose records are processed in order: a record that fails blocks those after it. */
const STREAMS = new Set(['dynamodb', 'kinesis']);
const WITH_ITEM_FAILURES = new Set(['sqs', ...STREAMS]);
/** States from which a mapping becomes `Enabled` without further action. */
const ON_THE_WAY = new Set(['Creating', 'Enabling', 'Updating']);

/** An event source that Lambda polls for a function. */
export interface EventSource {
  /** ARN of an SQS queue, a DynamoDB or Kinesis stream, or another source that Lambda polls. */
  readonly eventSourceArn: string;
  /** Maximum number of records in a batch: a whole number from 1 to 10,000. @default - Lambda's default: 10 for SQS, 100 for others */
  readonly batchSize?: number;
  /**
   * Seconds to wait until a batch is full: a whole number from 0 to 300. SQS requires at least 1 for a
   * `batchSize` above 10.
   *
   * @default - Lambda's default: 0 for SQS, DynamoDB and Kinesis, 0.5 for others
   */
  readonly maximumBatchingWindow?: number;
  /**
   * Whether the function returns `batchItemFailures`, so that only the failed records are retried.
   *
   * @default - true for SQS, DynamoDB and Kinesis
   */
  readonly reportBatchItemFailures?: boolean;
  /**
   * ARN of the queue, topic or bucket to which Lambda reports batches that failed in all attempts. A stream requires it, unless
   * `maximumRetryAttempts` is -1; a queue has its redrive policy instead.
   *
   * @default - none
   */
  readonly onFailure?: string;
  /** Whether to split a failed batch of a stream in two until only the failing record is left. @default true */
  readonly bisectBatchOnFunctionError?: boolean;
  /** Retries of a batch of a stream: 0 to 10,000, or -1 to retry until its records expire. @default 3 */
  readonly maximumRetryAttempts?: number;
  /** Age in seconds above which records of a stream are skipped: 60 to 604,800. @default - none */
  readonly maximumRecordAge?: number;
  /** Where to start reading a stream. @default 'TRIM_HORIZON' - the oldest record, so that none is missed */
  readonly startingPosition?: 'TRIM_HORIZON' | 'LATEST';
  /** Concurrent batches of each shard: a whole number from 1 to 10. @default 1 */
  readonly parallelizationFactor?: number;
  /** Maximum concurrent executions for a queue: a whole number from 2 to 1,000. @default - the concurrency of the function */
  readonly maximumConcurrency?: number;
  /** Patterns of the records to process; a record must match one of them. @default - all records */
  readonly filters?: readonly object[];
  /** Whether Lambda polls the source. @default true */
  readonly enabled?: boolean;
}

/** An event source mapping. */
export interface EventSourceMapping {
  readonly uuid: string;
  readonly eventSourceArn: string;
  readonly functionArn: string;
  /** `Creating`, `Enabling`, `Enabled`, `Disabling`, `Disabled`, `Updating` or `Deleting`. */
  readonly state: string;
  readonly batchSize: number;
  readonly reportBatchItemFailures: boolean;
  readonly bisectBatchOnFunctionError?: boolean;
  readonly maximumRetryAttempts?: number;
  readonly onFailure?: string;
  readonly startingPosition?: string;
  readonly lastProcessingResult?: string;
}

/**
 * Event source mappings of a function: `FunctionClient.eventSources`. If the client has an alias or version, of that
 * alias or version.
 */
export class FunctionEventSources {
  /** @internal */
  public constructor(private readonly ref: FunctionRef) {}

  /**
   * Creates a mapping. By default, a record that fails does not block other records.
   *
   * @throws ConflictError when the function has a mapping for this source, FunctionNotFoundError
   */
  public async create(source: EventSource): Promise<EventSourceMapping> {
    const service = requireSource(source);
    const command = new CreateEventSourceMappingCommand({
      FunctionName: this.target(),
      EventSourceArn: source.eventSourceArn,
      BatchSize: source.batchSize,
      MaximumBatchingWindowInSeconds: source.maximumBatchingWindow,
      Enabled: source.enabled ?? true,
      FunctionResponseTypes:
        (source.reportBatchItemFailures ?? WITH_ITEM_FAILURES.has(service)) ? ['ReportBatchItemFailures'] : [],
      ScalingConfig: source.maximumConcurrency === undefined ? undefined : { MaximumConcurrency: source.maximumConcurrency },
      FilterCriteria: source.filters && { Filters: source.filters.map((filter) => ({ Pattern: JSON.stringify(filter) })) },
      DestinationConfig: source.onFailure === undefined ? undefined : { OnFailure: { Destination: source.onFailure } },
      ...(STREAMS.has(service) && {
        BisectBatchOnFunctionError: source.bisectBatchOnFunctionError ?? true,
        MaximumRetryAttempts: source.maximumRetryAttempts ?? DEFAULT_RETRIES,
        MaximumRecordAgeInSeconds: source.maximumRecordAge,
        ParallelizationFactor: source.parallelizationFactor,
      }),
      ...(service !== 'sqs' && { StartingPosition: source.startingPosition ?? 'TRIM_HORIZON' }),
    });
    const action = functionAction('create an event source of', this.ref.name);
    return toMapping(await callAws(action, () => this.ref.clients.lambda.send(command)));
  }

  /** Gets a mapping. @returns undefined when it does not exist */
  public async get(uuid: string): Promise<EventSourceMapping | undefined> {
    const found = await callAwsIfFound({ description: `read event source mapping '${uuid}'` }, () =>
      this.ref.clients.lambda.send(new GetEventSourceMappingCommand({ UUID: uuid })),
    );
    return found && toMapping(found);
  }

  /** Lists the mappings of the function. @throws FunctionNotFoundError */
  public async list(): Promise<EventSourceMapping[]> {
    const all = await allPages(
      (Marker) =>
        callAws(functionAction('list the event sources of', this.ref.name), () =>
          this.ref.clients.lambda.send(new ListEventSourceMappingsCommand({ FunctionName: this.target(), Marker })),
        ),
      ({ EventSourceMappings, NextMarker }) => ({ items: EventSourceMappings, marker: NextMarker }),
    );
    return all.map(toMapping);
  }

  /** Deletes a mapping. Lambda stops polling within a minute. @returns whether the mapping existed */
  public async delete(uuid: string): Promise<boolean> {
    const deleted = await callAwsIfFound({ description: `delete event source mapping '${uuid}'` }, () =>
      this.ref.clients.lambda.send(new DeleteEventSourceMappingCommand({ UUID: uuid })),
    );
    return deleted !== undefined;
  }

  /**
   * Waits until a mapping is enabled.
   *
   * @throws NotReadyError when the time is over, or the mapping is disabled, being deleted, or does not exist
   */
  public async waitUntilEnabled(
    uuid: string,
    { maxWaitTime = DEFAULT_WAIT_SECONDS, ...options }: WaitOptions = {},
  ): Promise<EventSourceMapping> {
    const awaited = `event source mapping '${uuid}' must become Enabled`;
    return poll<EventSourceMapping>({
      awaited,
      wait: { maxWaitTime, ...options },
      remedy: 'Set a longer maxWaitTime, or more maxAttempts.',
      read: async () => {
        const mapping = await this.get(uuid);
        if (mapping?.state === 'Enabled') return { result: mapping };
        if (mapping && ON_THE_WAY.has(mapping.state)) return { pending: `'${mapping.state}'` };
        throw new NotReadyError(`${awaited}, got: ${mapping ? `'${mapping.state}'` : 'not found'}`, {
          code: 'Failed',
          remedy: 'Create the mapping with enabled: true.',
        });
      },
    });
  }

  private target(): string {
    return this.ref.qualifier ? `${this.ref.reference}:${this.ref.qualifier}` : this.ref.reference;
  }
}

/** @returns the service of the source */
function requireSource(source: EventSource): string {
  const { service, resource } = parseArn(source.eventSourceArn) ?? {};
  if (!service || !resource) throw invalid('eventSourceArn must be the ARN of a queue or stream', source.eventSourceArn);
  const within = (name: keyof EventSource & string, unit: string, { min, max }: { readonly min: number; readonly max: number }) =>
    requireWhole(`${name}${unit}`, source[name] as number | undefined, min, max);
  within('batchSize', '', STREAM_BATCH_SIZE);
  within('maximumBatchingWindow', ' in seconds', BATCHING_WINDOW_SECONDS);
  within('maximumRetryAttempts', '', { min: UNTIL_EXPIRY, max: STREAM_RETRIES.max });
  within('maximumRecordAge', ' in seconds', STREAM_RECORD_AGE_SECONDS);
  within('parallelizationFactor', '', STREAM_PARALLELIZATION);
  within('maximumConcurrency', '', QUEUE_CONCURRENCY);
  if (service === 'sqs' && (source.batchSize ?? 0) > QUEUE_BATCH_SIZE.max && !source.maximumBatchingWindow) {
    throw invalid(
      'a batchSize of more than 10 messages requires a maximumBatchingWindow of 1 second or more',
      source.maximumBatchingWindow,
    );
  }
  if (STREAMS.has(service) && source.onFailure === undefined && source.maximumRetryAttempts !== UNTIL_EXPIRY) {
    throw invalid(
      'a stream requires onFailure or maximumRetryAttempts -1, because records that fail would be lost',
      'neither',
      'Set onFailure to the ARN of a queue, and allow the role of the function sqs:SendMessage on it.',
    );
  }
  return service;
}

function toMapping(response: EventSourceMappingConfiguration): EventSourceMapping {
  return {
    uuid: response.UUID ?? '',
    eventSourceArn: response.EventSourceArn ?? '',
    functionArn: response.FunctionArn ?? '',
    state: response.State ?? '',
    batchSize: response.BatchSize ?? 0,
    reportBatchItemFailures: response.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    bisectBatchOnFunctionError: response.BisectBatchOnFunctionError,
    maximumRetryAttempts: response.MaximumRetryAttempts,
    onFailure: response.DestinationConfig?.OnFailure?.Destination,
    startingPosition: response.StartingPosition,
    lastProcessingResult: response.LastProcessingResult,
  };
}
