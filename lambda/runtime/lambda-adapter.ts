import { ENV_HEALTH_NAMESPACE } from '../../lib/invoker/constants';
import { DELIVERY_KEY, type Delivery, keyedRunId } from '../../lib/runs/constants';
import { notRunOf, whyNotRun } from '../shared/not-run';
import type { Answer } from './adapter/answer';
import { Attempts } from './adapter/attempts';
import { type CallerLimits, callerLimits } from './adapter/caller-limits';
import { CircuitBreaker } from './adapter/circuit-breaker';
import { failed, toExecuteResponse } from './adapter/execute-response';
import { Abandoned, CallFailure, NotInvoked, UnreadableAnswer } from './adapter/failures';
import { HealthRecorder } from './adapter/health-recorder';
import { lambdaClientOf } from './adapter/lambda-clients';
import { moduleNamesOf, moduleOptionsOf } from './adapter/module-config';
import { toBytes, toExecutePayload } from './adapter/request-payload';
import { type AdapterSettings, settingsOf } from './adapter/settings';
import { SharedHealth } from './adapter/shared-health';

import type {
  AdapterBehavior,
  AdapterMapping,
  ExecuteFailure,
  ExecuteOptions,
  ExecuteRequest,
  ExecuteResponse,
  LambdaAdapterOptions,
  MapRequest,
  ModuleHealth,
  ModuleInfo,
  ParseResponse,
} from './adapter/types';

/**
 * Calls the Lambda function of a module, and tracks the health of the module. Failed calls are retried when a retry may succeed,
 * within the remaining time of the caller. Calls never throw. Create one adapter for each module, outside the handler.
 *
 * ```ts
 * const payments = new LambdaAdapter({ functionName: 'payments', moduleName: 'payments' });
 * const { success, message, error } = await payments.execute(request, { context });
 * ```
 */
export class LambdaAdapter<Req = ExecuteRequest, Res extends { readonly success: boolean } = ExecuteResponse> {
  /** Module name. */
  public readonly moduleName: string;
  private readonly settings: AdapterSettings;
  private readonly attempts: Attempts;
  private readonly breaker?: CircuitBreaker;
  private readonly recorder: HealthRecorder;
  private readonly mapRequest: MapRequest<Req>;
  private readonly parseResponse: ParseResponse<Res>;

  /**
   * Creates an adapter. It sends no request.
   *
   * @throws InvalidParameterError when an option is invalid
   */
  public constructor(options: LambdaAdapterOptions<Req, Res>) {
    const settings = settingsOf(options, process.env);
    // When these types don't fit, the compiler requires the caller to pass a mapping.
    this.mapRequest = options.mapRequest ?? (toExecutePayload as MapRequest<never> as MapRequest<Req>);
    this.parseResponse = options.parseResponse ?? (toExecuteResponse as ParseResponse<unknown> as ParseResponse<Res>);
    this.settings = settings;
    this.moduleName = settings.moduleName;
    this.attempts = new Attempts(options.lambda ?? lambdaClientOf(settings), settings, options.pause);
    this.breaker = settings.breaker && new CircuitBreaker(settings.moduleName, settings.breaker);
    const shared =
      settings.healthTable === undefined
        ? undefined
        : new SharedHealth(settings.healthTable, settings.moduleName, options.dynamoDb);
    this.recorder = new HealthRecorder(settings.moduleName, shared, process.env[ENV_HEALTH_NAMESPACE]);
  }

  /**
   * Creates an adapter for a module that the AdapterInvoker construct allows this function to call. The construct sets the
   * environment variable KATAMARI_MODULES, from which the options are read.
   *
   * @param options additional options, which override those of the construct
   * @throws InvalidParameterError when the variable does not contain the module
   */
  public static fromEnvironment<Req = ExecuteRequest, Res extends { readonly success: boolean } = ExecuteResponse>(
    moduleName: string,
    ...[options]: FromEnvironmentArguments<Req, Res>
  ): LambdaAdapter<Req, Res> {
    const module = moduleOptionsOf(moduleName, process.env);
    // An undefined option must not override what the construct sets, such as scopes.
    const given = Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined));
    return new LambdaAdapter<Req, Res>({ ...module, ...given } as LambdaAdapterOptions<Req, Res>);
  }

  /** Names of the modules that the AdapterInvoker construct allows this function to call. @throws InvalidParameterError */
  public static moduleNames(): string[] {
    return moduleNamesOf(process.env);
  }

  /**
   * Calls the module. With `RequestResponse`, returns the response of the module; with `Event`, that Lambda has queued the
   * event.
   *
   * @returns `{ success: false, error }` when the call fails; it never throws
   */
  public async execute(request: Req, options?: ExecuteOptions): Promise<Res | ExecuteFailure> {
    let limits: CallerLimits = {};
    let response: Res | ExecuteFailure;
    let success: boolean;
    try {
      limits = callerLimits(options ?? {});
      const payload = this.payloadOf(request, options ?? {});
      const { value, ...call } = await this.call(payload, limits);
      const notRun = notRunOf(value);
      if (notRun) return { ...failed(`module '${this.moduleName}' did not run: ${whyNotRun(notRun)}`), notRun };
      const { idempotencyKey } = options ?? {};
      const runId = call.runId && idempotencyKey !== undefined ? keyedRunId(idempotencyKey) : call.runId;
      response = this.parseResponse(value, { ...call, runId });
      success = Boolean(response?.success);
    } catch (error) {
      if (error instanceof NotInvoked) return failed(`Lambda not invoked: ${error.message}`);
      response = failed(error instanceof UnreadableAnswer ? error.message : `Lambda invocation error: ${reasonOf(error)}`);
      if (error instanceof Abandoned) return response;
      success = false;
    }
    await this.recorder.record(success, limits.context);
    return response;
  }

  /** Reads the health of the module: for all callers when they share a table, otherwise for this adapter. */
  public health(): Promise<ModuleHealth> {
    return this.recorder.read();
  }

  /** Whether fewer than 3 consecutive calls failed. */
  public async isHealthy(): Promise<boolean> {
    return (await this.health()).isHealthy;
  }

  /** Reads the configuration and the health of the module. */
  public async moduleInfo(): Promise<ModuleInfo> {
    const { moduleName, moduleVersion, functionName, region, invocationType, requiredScopes } = this.settings;
    const { maxRetries, connectionTimeoutMs, requestTimeoutMs } = this.settings;
    return {
      name: moduleName,
      version: moduleVersion,
      type: 'lambda_adapter',
      functionName,
      region,
      invocationType,
      requiredScopes,
      maxRetries,
      connectionTimeoutMs,
      requestTimeoutMs,
      health: await this.health(),
    };
  }

  /** @throws NotInvoked when the request lacks a scope, or has no payload */
  private payloadOf(request: Req, options: ExecuteOptions): Uint8Array {
    try {
      const given = options.scopes ?? (Object(request) as { scopes?: unknown }).scopes;
      const scopes = new Set(Array.isArray(given) ? given : []);
      const missing = this.settings.requiredScopes.filter((scope) => !scopes.has(scope));
      if (missing.length > 0) {
        throw new NotInvoked(`module '${this.moduleName}' requires scopes that the request lacks: ${missing.join(', ')}`);
      }
      const { idempotencyKey } = options;
      const event = this.mapRequest(request);
      const delivery: Delivery = { [DELIVERY_KEY]: 'invoke', idempotencyKey, event };
      return toBytes(idempotencyKey === undefined ? event : delivery, this.settings.invocationType);
    } catch (error) {
      throw error instanceof NotInvoked ? error : new NotInvoked(reasonOf(error), { cause: error });
    }
  }

  private async call(payload: Uint8Array, limits: CallerLimits): Promise<Answer> {
    const { breaker } = this;
    if (!breaker) return this.attempts.invoke(payload, { ...limits, once: false });
    const permit = breaker.enter();
    let success: boolean | undefined;
    try {
      const answer = await this.attempts.invoke(payload, { ...limits, once: permit.probe });
      success = true;
      return answer;
    } catch (error) {
      if (error instanceof CallFailure) success = false;
      throw error;
    } finally {
      breaker.leave(permit, success);
    }
  }
}

/** The reason of anything that was thrown by code of the caller, or by the SDK. */
function reasonOf(error: unknown): string {
  try {
    return String((error as Partial<Error> | null | undefined)?.message ?? error);
  } catch {
    return 'an error without a message';
  }
}

/** Arguments after the module name. Options are required when the types don't fit the default mapping. */
type FromEnvironmentArguments<Req, Res> =
  Record<never, never> extends AdapterMapping<Req, Res>
    ? [options?: AdapterBehavior & AdapterMapping<Req, Res>]
    : [options: AdapterBehavior & AdapterMapping<Req, Res>];
