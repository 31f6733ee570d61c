import { GetFunctionCommand } from '@aws-sdk/client-lambda';
import { invalid } from '../lambda/shared/checks';
import { parseFunctionName } from '../lambda/shared/function-name';
import { readAccountSettings } from './function-client/account';
import { FunctionAliases } from './function-client/aliases';
import { requireLayers } from './function-client/checks';
import { deleteFunction } from './function-client/deletion';
import * as deployment from './function-client/deployment';
import { FunctionEventSources } from './function-client/event-sources';
import { type FunctionRef, withQualifier } from './function-client/function-ref';
import * as invocation from './function-client/invocation';
import type {
  DryRunResult,
  InvokeAsyncResult,
  InvokeOptions,
  InvokeRawResult,
  InvokeWithLogsResult,
} from './function-client/invocation-types';
import { FunctionLogs } from './function-client/logs';
import { FunctionPermissions } from './function-client/permissions';
import type {
  AccountSettings,
  DeleteFunctionOptions,
  DeleteFunctionResult,
  DeployResult,
  FunctionChanges,
  FunctionInfo,
  FunctionSettings,
  FunctionSpec,
} from './function-client/types';
import { FunctionUrl } from './function-client/url';
import { FunctionVersions } from './function-client/versions';
import { ACTIVE, inState, UPDATED, waitUntil } from './function-client/waiting';
import { AwsClients } from './shared/aws-clients';
import { toConfiguration } from './shared/configuration';
import { ConflictError } from './shared/errors';
import { layerOf } from './shared/layer-arn';
import { listFunctions } from './shared/list-functions';
import type { WaitOptions } from './shared/poll';
import { callAws, callAwsIfFound, functionAction } from './shared/service-errors';
import type { FunctionClientOptions, FunctionCode, FunctionConfiguration } from './shared/types';

/**
 * Client for a deployed function: deploys, configures, invokes and deletes it. All its errors are subclasses of
 * `FunctionClientError`, with the error code of AWS and a remedy.
 */
export class FunctionClient {
  /** Name of the function, without qualifier. */
  public readonly functionName: string;
  /** Version or alias that the client reads and invokes; undefined for `$LATEST`. */
  public readonly qualifier?: string;
  /** Published versions. */
  public readonly versions: FunctionVersions;
  /** Aliases. */
  public readonly aliases: FunctionAliases;
  /** Function URL. */
  public readonly url: FunctionUrl;
  /** Resource-based policy. */
  public readonly permissions: FunctionPermissions;
  /** Event source mappings. */
  public readonly eventSources: FunctionEventSources;
  /** Log. */
  public readonly logs: FunctionLogs;
  private readonly ref: FunctionRef;

  /**
   * Creates a client. It sends no request.
   *
   * @param functionName name or ARN of the function, optionally followed by `:version` or `:alias`
   * @throws InvalidParameterError when `functionName` is not the name or ARN of a function, or is an ARN of another region
   */
  public constructor(functionName: string, options: FunctionClientOptions = {}) {
    const name = parseFunctionName(functionName);
    if (name.region && options.region && name.region !== options.region) {
      throw invalid(`region must be the region of the ARN, '${name.region}'`, options.region);
    }
    this.ref = { ...name, clients: AwsClients.of(name.region ? { ...options, region: name.region } : options) };
    this.functionName = name.name;
    this.qualifier = name.qualifier;
    this.versions = new FunctionVersions(this.ref);
    this.aliases = new FunctionAliases(this.ref);
    this.url = new FunctionUrl(this.ref);
    this.permissions = new FunctionPermissions(this.ref);
    this.eventSources = new FunctionEventSources(this.ref);
    this.logs = new FunctionLogs(this.ref);
  }

  /** Lists all functions of the account in the region. */
  public static list(options?: FunctionClientOptions): Promise<FunctionConfiguration[]> {
    return listFunctions(AwsClients.of(options));
  }

  /** Lists all functions of the account in the region, indexed by name. */
  public static async listByName(options?: FunctionClientOptions): Promise<Map<string, FunctionConfiguration>> {
    return new Map((await FunctionClient.list(options)).map((found) => [found.functionName, found]));
  }

  /** Lists the names of all functions of the account in the region. */
  public static async listNames(options?: FunctionClientOptions): Promise<string[]> {
    return (await FunctionClient.list(options)).map(({ functionName }) => functionName);
  }

  /** Reads the quotas of the account in the region, and their use. */
  public static accountSettings(options?: FunctionClientOptions): Promise<AccountSettings> {
    return readAccountSettings(AwsClients.of(options));
  }

  /**
   * Creates the function and waits until it is active.
   *
   * @throws ConflictError when the function exists, InvalidParameterError, PayloadTooLargeError, NotReadyError
   */
  public create(spec: FunctionSpec): Promise<FunctionConfiguration> {
    return deployment.create(this.ref, spec);
  }

  /**
   * Changes the code, and then the configuration. Each change waits until the previous update has ended. Between the two
   * changes, the function runs the new code with the old configuration. Settings that are left out stay as they are.
   *
   * @throws FunctionNotFoundError, InvalidParameterError, PayloadTooLargeError, ConflictError when other callers keep changing
   * the function, NotReadyError
   */
  public update(changes: FunctionChanges): Promise<FunctionConfiguration> {
    return deployment.update(this.ref, changes);
  }

  /** Creates the function, or updates it when it exists. `tags` are set only when the function is created. */
  public async deploy(spec: FunctionSpec): Promise<DeployResult> {
    if (!(await this.exists())) {
      try {
        return { created: true, configuration: await this.create(spec) };
      } catch (error) {
        // Another caller created the function in the meantime.
        if (!(error instanceof ConflictError)) throw error;
      }
    }
    const { tags: _tags, ...changes } = spec;
    return { created: false, configuration: await this.update(changes) };
  }

  /** Changes the code only. @throws as `update` */
  public updateCode(code: FunctionCode): Promise<FunctionConfiguration> {
    return deployment.updateCode(this.ref, code);
  }

  /** Changes the container image. @param imageUri URI in Amazon ECR @throws as `update` */
  public updateImage(imageUri: string): Promise<FunctionConfiguration> {
    return deployment.updateCode(this.ref, { imageUri });
  }

  /**
   * Changes settings. Settings that are left out stay as they are; `environment` and `layers` replace the current ones.
   *
   * @throws as `update`
   */
  public updateConfiguration(settings: FunctionSettings): Promise<FunctionConfiguration> {
    return deployment.updateConfiguration(this.ref, settings);
  }

  /** Adds environment variables to the current ones. @throws as `update` */
  public addEnvironment(variables: Readonly<Record<string, string>>): Promise<FunctionConfiguration> {
    return deployment.mergeConfiguration(this.ref, ({ environment }) => ({ environment: { ...environment, ...variables } }));
  }

  /**
   * Adds layers after the current ones. Another version of a current layer replaces it.
   *
   * @param layerVersionArns ARNs of layer versions
   * @throws InvalidParameterError when the function would have more than 5 layers, and as `update`
   */
  public addLayers(...layerVersionArns: readonly string[]): Promise<FunctionConfiguration> {
    const added = new Map(layerVersionArns.map((arn) => [layerOf(arn), arn]));
    return deployment.mergeConfiguration(this.ref, (current) => {
      const layers = [...new Map([...current.layers.map((arn) => [layerOf(arn), arn] as const), ...added]).values()];
      requireLayers(layers);
      return { layers };
    });
  }

  /** Replaces all layers. @throws as `update` */
  public setLayers(layerVersionArns: readonly string[]): Promise<FunctionConfiguration> {
    return this.updateConfiguration({ layers: layerVersionArns });
  }

  /**
   * Invokes the function and waits for its result. The invocation is not retried: a lost response does not mean that the
   * function has not run.
   *
   * @param event any JSON value of at most 6 MB; default `{}`
   * @returns the value that the function returned
   * @throws FunctionFailedError when the function fails, RunNotStartedError when its overlap skips the run or a run has the same
   * idempotency key, FunctionNotFoundError, PayloadTooLargeError, ThrottledError, AccessDeniedError
   */
  public invoke<T = unknown>(event?: unknown, options?: InvokeOptions): Promise<T> {
    return invocation.invoke<T>(this.ref, event, options);
  }

  /**
   * Invokes the function and waits for its result, which also tells whether the function failed.
   *
   * @throws as `invoke`, except FunctionFailedError and RunNotStartedError
   */
  public invokeRaw(event?: unknown, options?: InvokeOptions): Promise<InvokeRawResult> {
    return invocation.invokeRaw(this.ref, event, options);
  }

  /** Invokes the function and returns the last 4 KB of its log. @throws as `invoke`; FunctionFailedError includes the log */
  public invokeWithLogs<T = unknown>(event?: unknown, options?: InvokeOptions): Promise<InvokeWithLogsResult<T>> {
    return invocation.invokeWithLogs<T>(this.ref, event, options);
  }

  /**
   * Invokes the function asynchronously. Lambda makes up to three attempts.
   *
   * @param event any JSON value of at most 1 MB; default `{}`
   * @throws as `invoke`, except FunctionFailedError and RunNotStartedError
   */
  public invokeAsync(event?: unknown, options?: InvokeOptions): Promise<InvokeAsyncResult> {
    return invocation.invokeAsync(this.ref, event, options);
  }

  /** Checks whether the caller may invoke the function, without running it. @throws FunctionNotFoundError */
  public dryRun(event?: unknown): Promise<DryRunResult> {
    return invocation.dryRun(this.ref, event);
  }

  /** Whether the function exists; if the client has a version or alias, whether that exists. */
  public async exists(): Promise<boolean> {
    return (await callAwsIfFound(functionAction('read', this.functionName), () => this.getFunction())) !== undefined;
  }

  /** Reads the function and the location of its code. @throws FunctionNotFoundError */
  public async info(): Promise<FunctionInfo> {
    const response = await callAws(functionAction('read', this.functionName), () => this.getFunction());
    const { Configuration = {}, Code, Tags, Concurrency } = response;
    return {
      configuration: toConfiguration(Configuration),
      codeLocation: Code?.Location,
      imageUri: Code?.ResolvedImageUri ?? Code?.ImageUri,
      tags: { ...Tags },
      reservedConcurrentExecutions: Concurrency?.ReservedConcurrentExecutions,
    };
  }

  /** Reads the configuration. @throws FunctionNotFoundError */
  public configuration(): Promise<FunctionConfiguration> {
    return deployment.readConfiguration(this.ref);
  }

  /** Waits until the function is active. @throws NotReadyError when the function failed or is inactive, or the time is over */
  public waitUntilActive(options?: WaitOptions): Promise<FunctionConfiguration> {
    return waitUntil(ACTIVE, this.ref, options);
  }

  /** Waits until the last update has ended. @throws NotReadyError when the update failed, or the time is over */
  public waitUntilUpdated(options?: WaitOptions): Promise<FunctionConfiguration> {
    return waitUntil(UPDATED, this.ref, options);
  }

  /**
   * Waits until the function is in a state.
   *
   * @param states states of Lambda, such as `Inactive`: one of them is awaited
   * @throws NotReadyError when the function failed, or the time is over
   */
  public waitUntilState(states: string | readonly string[], options?: WaitOptions): Promise<FunctionConfiguration> {
    return waitUntil(inState([states].flat()), this.ref, options);
  }

  /**
   * Deletes the function with all its versions and aliases. It is not an error when the function does not exist.
   *
   * @throws InvalidParameterError when the client has a version or alias
   */
  public delete(options: DeleteFunctionOptions = {}): Promise<DeleteFunctionResult> {
    return deleteFunction(this.ref, options);
  }

  private getFunction() {
    return this.ref.clients.lambda.send(new GetFunctionCommand(withQualifier(this.ref)));
  }
}

/**
 * Invokes a function and waits for its result: `new FunctionClient(functionName, options).invoke(event)`.
 *
 * @throws as `FunctionClient.invoke`
 */
export function invoke<T = unknown>(functionName: string, event?: unknown, options?: FunctionClientOptions): Promise<T> {
  return new FunctionClient(functionName, options).invoke<T>(event);
}

/** Invokes a function asynchronously: `new FunctionClient(functionName, options).invokeAsync(event)`. */
export function invokeAsync(functionName: string, event?: unknown, options?: FunctionClientOptions): Promise<InvokeAsyncResult> {
  return new FunctionClient(functionName, options).invokeAsync(event);
}
