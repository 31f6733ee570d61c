import { GetFunctionCommand } from '@aws-sdk/client-lambda';
import { invalid } from '../lambda/shared/checks';
import { parseFunctionName } from '../lambda/shared/function-name';
import * as account from './function-client/account';
import { FunctionAliases } from './function-client/aliases';
import { LAYERS_MAX } from './function-client/checks';
import { AwsClients } from './function-client/clients';
import { toInfo } from './function-client/configuration';
import { deleteFunction } from './function-client/deletion';
import * as deployment from './function-client/deployment';
import { ConflictError } from './function-client/errors';
import { FunctionEventSources } from './function-client/event-sources';
import { type FunctionRef, withQualifier } from './function-client/function-ref';
import * as invocation from './function-client/invocation';
import type { DryRunResult, InvokeAsyncResult, InvokeRawResult, InvokeWithLogsResult } from './function-client/invocation-types';
import { layerOf } from './function-client/layer-arn';
import { FunctionLogs } from './function-client/logs';
import { FunctionPermissions } from './function-client/permissions';
import { attempt, attemptIfThere, ofFunction } from './function-client/service-errors';
import type {
  AccountSettings,
  DeleteFunctionOptions,
  DeleteFunctionResult,
  DeployResult,
  FunctionChanges,
  FunctionClientOptions,
  FunctionCode,
  FunctionConfiguration,
  FunctionInfo,
  FunctionSettings,
  FunctionSpec,
  WaitOptions,
} from './function-client/types';
import { FunctionUrl } from './function-client/url';
import { FunctionVersions } from './function-client/versions';
import { waitUntil } from './function-client/waiting';

/**
 * Operates a deployed function: a name, an ARN, or either with `:version` or `:alias`. Every error of it is a
 * `FunctionClientError` that names AWS's code and what to do.
 */
export class FunctionClient {
  /** Name of the function alone. */
  public readonly functionName: string;
  /** Version or alias that is read and invoked; undefined for `$LATEST`. */
  public readonly qualifier?: string;
  /** Its published versions. */
  public readonly versions: FunctionVersions;
  /** Its aliases. */
  public readonly aliases: FunctionAliases;
  /** Its function URL. */
  public readonly url: FunctionUrl;
  /** Its resource-based policy. */
  public readonly permissions: FunctionPermissions;
  /** What Lambda polls for it. */
  public readonly eventSources: FunctionEventSources;
  /** Its log. */
  public readonly logs: FunctionLogs;
  private readonly ref: FunctionRef;

  /**
   * No request is made.
   *
   * @throws InvalidParameterError when it is neither a name nor an ARN of a function, or the ARN is of another region
   */
  public constructor(functionName: string, options: FunctionClientOptions = {}) {
    const name = parseFunctionName(functionName);
    if (name.region && options.region && name.region !== options.region) {
      throw invalid(`region must be that of the ARN, '${name.region}'`, options.region);
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

  /** All functions of the account in the region. */
  public static list(options?: FunctionClientOptions): Promise<FunctionConfiguration[]> {
    return account.listFunctions(AwsClients.of(options));
  }

  /** All functions of the account in the region, by their names. */
  public static async listByName(options?: FunctionClientOptions): Promise<Map<string, FunctionConfiguration>> {
    return new Map((await FunctionClient.list(options)).map((found) => [found.functionName, found]));
  }

  /** The names of all functions of the account in the region. */
  public static async listNames(options?: FunctionClientOptions): Promise<string[]> {
    return (await FunctionClient.list(options)).map(({ functionName }) => functionName);
  }

  /** Quotas of the account in the region, and what is used of them. */
  public static accountSettings(options?: FunctionClientOptions): Promise<AccountSettings> {
    return account.readSettings(AwsClients.of(options));
  }

  /**
   * Creates the function, and waits until it is active.
   *
   * @throws ConflictError when it is there already, InvalidParameterError, PayloadTooLargeError, NotReadyError
   */
  public create(spec: FunctionSpec): Promise<FunctionConfiguration> {
    return deployment.create(this.ref, spec);
  }

  /**
   * Changes the code, then the configuration, each once the update before it has ended. What is not given stays. Between
   * the two the function runs the new code with the old configuration.
   *
   * @throws FunctionNotFoundError, InvalidParameterError, PayloadTooLargeError, ConflictError when others keep changing it,
   * NotReadyError
   */
  public update(changes: FunctionChanges): Promise<FunctionConfiguration> {
    return deployment.update(this.ref, changes);
  }

  /** Creates the function, or updates it when it is there. Tags are those of its creation. */
  public async deploy(spec: FunctionSpec): Promise<DeployResult> {
    if (!(await this.exists())) {
      try {
        return { created: true, configuration: await this.create(spec) };
      } catch (error) {
        // Somebody else has created it meanwhile.
        if (!(error instanceof ConflictError)) throw error;
      }
    }
    const { tags: _tags, ...changes } = spec;
    return { created: false, configuration: await this.update(changes) };
  }

  /** Changes the code alone. @throws as `update` */
  public updateCode(code: FunctionCode): Promise<FunctionConfiguration> {
    return deployment.updateCode(this.ref, code);
  }

  /** Changes the container image. @param imageUri URI in Amazon ECR @throws as `update` */
  public updateImage(imageUri: string): Promise<FunctionConfiguration> {
    return deployment.updateCode(this.ref, { imageUri });
  }

  /** Changes settings. What is not given stays; `environment` and `layers` replace what is there. @throws as `update` */
  public updateConfiguration(settings: FunctionSettings): Promise<FunctionConfiguration> {
    return deployment.updateConfiguration(this.ref, settings);
  }

  /** Sets environment variables beside those that are there. @throws as `update` */
  public addEnvironment(variables: Readonly<Record<string, string>>): Promise<FunctionConfiguration> {
    return deployment.mergeConfiguration(this.ref, ({ environment }) => ({ environment: { ...environment, ...variables } }));
  }

  /**
   * Adds layers after those that are there. Another version of a layer takes the place of the one that is there.
   *
   * @param layerVersionArns ARNs of layer versions
   * @throws InvalidParameterError when there would be more than 5, and as `update`
   */
  public addLayers(...layerVersionArns: readonly string[]): Promise<FunctionConfiguration> {
    const added = new Map(layerVersionArns.map((arn) => [layerOf(arn), arn]));
    return deployment.mergeConfiguration(this.ref, (now) => {
      const layers = [...new Map([...now.layers.map((arn) => [layerOf(arn), arn] as const), ...added]).values()];
      if (layers.length > LAYERS_MAX) throw invalid(`a function must have at most ${LAYERS_MAX} layers`, layers.length);
      return { layers };
    });
  }

  /** Sets all layers. @throws as `update` */
  public setLayers(layerVersionArns: readonly string[]): Promise<FunctionConfiguration> {
    return this.updateConfiguration({ layers: layerVersionArns });
  }

  /**
   * Invokes the function and waits for its end. It is tried once: an answer that got lost doesn't say that it has not run.
   *
   * @param event any JSON value of at most 6 MB; nothing is `{}`
   * @returns what the function returned
   * @throws FunctionFailedError when it fails, FunctionNotFoundError, PayloadTooLargeError, ThrottledError, AccessDeniedError
   */
  public invoke<T = unknown>(event?: unknown): Promise<T> {
    return invocation.invoke<T>(this.ref, event);
  }

  /** Invokes the function and waits for its end. That it failed is in the result. @throws as `invoke`, but for that */
  public invokeRaw(event?: unknown): Promise<InvokeRawResult> {
    return invocation.invokeRaw(this.ref, event);
  }

  /** Invokes the function, and gives the last 4 KB of its log. @throws as `invoke`; FunctionFailedError has the log as well */
  public invokeWithLogs<T = unknown>(event?: unknown): Promise<InvokeWithLogsResult<T>> {
    return invocation.invokeWithLogs<T>(this.ref, event);
  }

  /**
   * Has the function invoked, and doesn't wait. Lambda tries it up to three times.
   *
   * @param event any JSON value of at most 1 MB
   * @throws as `invoke`, but for what the function does
   */
  public invokeAsync(event?: unknown): Promise<InvokeAsyncResult> {
    return invocation.invokeAsync(this.ref, event);
  }

  /** Whether the caller may invoke the function. Nothing runs. @throws FunctionNotFoundError */
  public dryRun(event?: unknown): Promise<DryRunResult> {
    return invocation.dryRun(this.ref, event);
  }

  /** Whether the function is there, its version or alias included. */
  public async exists(): Promise<boolean> {
    return (await attemptIfThere(ofFunction('read', this.functionName), () => this.getFunction())) !== undefined;
  }

  /** The function and where its code is. @throws FunctionNotFoundError */
  public async info(): Promise<FunctionInfo> {
    return toInfo(await attempt(ofFunction('read', this.functionName), () => this.getFunction()));
  }

  /** Its configuration. @throws FunctionNotFoundError */
  public configuration(): Promise<FunctionConfiguration> {
    return deployment.configuration(this.ref);
  }

  /** Waits until the function can be invoked. @throws NotReadyError when it has failed or the time is over */
  public async waitUntilActive(options?: WaitOptions): Promise<FunctionConfiguration> {
    await waitUntil('active', this.ref, options);
    return this.configuration();
  }

  /** Waits until its last update has ended. @throws NotReadyError when it has failed or the time is over */
  public async waitUntilUpdated(options?: WaitOptions): Promise<FunctionConfiguration> {
    await waitUntil('updated', this.ref, options);
    return this.configuration();
  }

  /**
   * Deletes the function with all its versions and aliases. That it is not there is no error.
   *
   * @throws InvalidParameterError when this client is of a version or alias
   */
  public delete(options: DeleteFunctionOptions = {}): Promise<DeleteFunctionResult> {
    return deleteFunction(this.ref, options);
  }

  private getFunction() {
    return this.ref.clients.lambda.send(new GetFunctionCommand(withQualifier(this.ref)));
  }
}

/**
 * Invokes a function and waits for its end: `new FunctionClient(functionName, options).invoke(event)`.
 *
 * @throws FunctionFailedError when it fails, and as `FunctionClient.invoke`
 */
export function invoke<T = unknown>(functionName: string, event?: unknown, options?: FunctionClientOptions): Promise<T> {
  return new FunctionClient(functionName, options).invoke<T>(event);
}

/** Has a function invoked, and doesn't wait: `new FunctionClient(functionName, options).invokeAsync(event)`. */
export function invokeAsync(functionName: string, event?: unknown, options?: FunctionClientOptions): Promise<InvokeAsyncResult> {
  return new FunctionClient(functionName, options).invokeAsync(event);
}
