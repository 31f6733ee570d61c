import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  type EventSourceMappingConfiguration,
  GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import { invalid, requireWhole } from '../../lambda/shared/checks';
import { NotReadyError } from './errors';
import type { FunctionRef } from './function-ref';
import { allPages } from './pages';
import { attempt, attemptIfThere, ofFunction } from './service-errors';
import type { WaitOptions } from './types';
import { pause } from './waiting';

const POLL_MS = 1_000;
const DEFAULT_WAIT_SECONDS = 120;
const DEFAULT_RETRIES = 3;

/** The services that are polled for records in order: a poisoned one holds up what comes after it. */
const STREAMS = new Set(['dynamodb', 'kinesis']);
const WITH_ITEM_FAILURES = new Set(['sqs', ...STREAMS]);

/** An event source that Lambda is to poll for a function. */
export interface EventSource {
  /** ARN of an SQS queue, a DynamoDB or Kinesis stream, or another source that Lambda polls. */
  readonly eventSourceArn: string;
  /** Most records of a batch: a whole number from 1 to 10,000. @default - that of Lambda: 10 for SQS, 100 for others */
  readonly batchSize?: number;
  /** Seconds to wait for a batch to fill: a whole number from 0 to 300; at least 1 for more than 10 messages of SQS. */
  readonly maximumBatchingWindow?: number;
  /**
   * Whether the function answers with `batchItemFailures`, so that only what failed comes again.
   *
   * @default - true for SQS, DynamoDB and Kinesis
   */
  readonly reportBatchItemFailures?: boolean;
  /**
   * Where Lambda puts word of what failed in every try: ARN of a queue, topic or bucket. A stream needs one, or
   * `maximumRetryAttempts: -1`; a queue has its redrive policy instead.
   */
  readonly onFailure?: string;
  /** Halve a batch of a stream that fails, until the poisoned record is alone. @default true */
  readonly bisectBatchOnFunctionError?: boolean;
  /** How often a batch of a stream is tried again: 0 to 10,000, or -1 until its records expire. @default 3 */
  readonly maximumRetryAttempts?: number;
  /** Age in seconds from which a record of a stream is passed over: 60 to 604,800. @default - none */
  readonly maximumRecordAge?: number;
  /** Where to begin in a stream. @default 'TRIM_HORIZON' - the oldest record, so that none is missed */
  readonly startingPosition?: 'TRIM_HORIZON' | 'LATEST';
  /** Batches of a shard at a time: a whole number from 1 to 10. @default 1 */
  readonly parallelizationFactor?: number;
  /** Most executions for a queue at a time: a whole number from 2 to 1,000. @default - as many as the function may have */
  readonly maximumConcurrency?: number;
  /** Patterns of the records to take: one that matches is enough. @default - all */
  readonly filters?: readonly object[];
  /** @default true */
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

/** What Lambda polls for a function: `FunctionClient.eventSources`. For an alias or version, where the client has one. */
export class FunctionEventSources {
  /** @internal */
  public constructor(private readonly ref: FunctionRef) {}

  /**
   * Creates a mapping, with defaults by which a poisoned record harms no other.
   *
   * @throws ConflictError when the function has one for this source, FunctionNotFoundError
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
    const subject = ofFunction('create an event source of', this.ref.name);
    return toMapping(await attempt(subject, () => this.ref.clients.lambda.send(command)));
  }

  /** A mapping; undefined when it is not there. */
  public async get(uuid: string): Promise<EventSourceMapping | undefined> {
    const found = await attemptIfThere({ doing: `read event source mapping '${uuid}'` }, () =>
      this.ref.clients.lambda.send(new GetEventSourceMappingCommand({ UUID: uuid })),
    );
    return found && toMapping(found);
  }

  /** The mappings of the function. @throws FunctionNotFoundError */
  public async list(): Promise<EventSourceMapping[]> {
    const all = await allPages(
      (Marker) =>
        attempt(ofFunction('list the event sources of', this.ref.name), () =>
          this.ref.clients.lambda.send(new ListEventSourceMappingsCommand({ FunctionName: this.target(), Marker })),
        ),
      ({ EventSourceMappings, NextMarker }) => ({ items: EventSourceMappings, marker: NextMarker }),
    );
    return all.map(toMapping);
  }

  /** Deletes a mapping; Lambda stops to poll within a minute. @returns whether it was there */
  public async delete(uuid: string): Promise<boolean> {
    const deleted = await attemptIfThere({ doing: `delete event source mapping '${uuid}'` }, () =>
      this.ref.clients.lambda.send(new DeleteEventSourceMappingCommand({ UUID: uuid })),
    );
    return deleted !== undefined;
  }

  /**
   * Waits until a mapping is enabled: the SDK has no waiter for it.
   *
   * @throws NotReadyError when the time is over, or the mapping is being disabled or deleted, or is not there
   */
  public async waitUntilEnabled(
    uuid: string,
    { maxWaitTime = DEFAULT_WAIT_SECONDS }: WaitOptions = {},
  ): Promise<EventSourceMapping> {
    requireWhole('maxWaitTime in seconds', maxWaitTime, 1, 3_600);
    const until = Date.now() + maxWaitTime * 1_000;
    for (;;) {
      const mapping = await this.get(uuid);
      if (mapping?.state === 'Enabled') return mapping;
      const comes = mapping && ['Creating', 'Enabling', 'Updating'].includes(mapping.state);
      if (!comes || Date.now() + POLL_MS > until) {
        throw new NotReadyError(`event source mapping '${uuid}' must become Enabled, got: '${mapping?.state ?? 'not there'}'`, {
          code: comes ? 'TimeoutError' : 'Failed',
          remedy: comes ? 'Wait longer, with maxWaitTime.' : 'Create the mapping, with enabled: true.',
        });
      }
      await pause(POLL_MS);
    }
  }

  private target(): string {
    return this.ref.qualifier ? `${this.ref.reference}:${this.ref.qualifier}` : this.ref.reference;
  }
}

/** @returns the service of the source */
function requireSource(source: EventSource): string {
  const [arn, , service = '', , , resource] = source.eventSourceArn.split(':');
  if (arn !== 'arn' || !service || !resource)
    throw invalid('eventSourceArn must be the ARN of a queue or stream', source.eventSourceArn);
  requireWhole('batchSize', source.batchSize, 1, 10_000);
  requireWhole('maximumBatchingWindow in seconds', source.maximumBatchingWindow, 0, 300);
  requireWhole('maximumRetryAttempts', source.maximumRetryAttempts, -1, 10_000);
  requireWhole('maximumRecordAge in seconds', source.maximumRecordAge, 60, 604_800);
  requireWhole('parallelizationFactor', source.parallelizationFactor, 1, 10);
  requireWhole('maximumConcurrency', source.maximumConcurrency, 2, 1_000);
  if (service === 'sqs' && (source.batchSize ?? 0) > 10 && !source.maximumBatchingWindow) {
    throw invalid(
      'a batch of more than 10 messages must have a maximumBatchingWindow of 1 second or more',
      source.maximumBatchingWindow,
    );
  }
  if (STREAMS.has(service) && source.onFailure === undefined && source.maximumRetryAttempts !== -1) {
    throw invalid(
      'a stream must have onFailure, or maximumRetryAttempts -1: else records that fail are lost',
      'neither',
      'Give the ARN of a queue as onFailure, and the role of the function sqs:SendMessage on it.',
    );
  }
  return service;
}

function toMapping(answer: EventSourceMappingConfiguration): EventSourceMapping {
  return {
    uuid: answer.UUID ?? '',
    eventSourceArn: answer.EventSourceArn ?? '',
    functionArn: answer.FunctionArn ?? '',
    state: answer.State ?? '',
    batchSize: answer.BatchSize ?? 0,
    reportBatchItemFailures: answer.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    bisectBatchOnFunctionError: answer.BisectBatchOnFunctionError,
    maximumRetryAttempts: answer.MaximumRetryAttempts,
    onFailure: answer.DestinationConfig?.OnFailure?.Destination,
    startingPosition: answer.StartingPosition,
    lastProcessingResult: answer.LastProcessingResult,
  };
}
