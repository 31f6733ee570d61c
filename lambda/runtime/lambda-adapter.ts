import { ENV_HEALTH_NAMESPACE } from '../../lib/invoker/constants';
import { DELIVERY_KEY, type Delivery } from '../../lib/runs/constants';
import { notRunOf, whyNotRun } from '../shared/not-run';
import { wellFormed } from '../shared/text';
import { Attempts, type CallLimits } from './adapter/attempts';
import { CircuitBreaker } from './adapter/circuit-breaker';
import { failed, QUEUED, toExecuteResponse } from './adapter/execute-response';
import { Abandoned, CallFailure, NotInvoked } from './adapter/failures';
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
  private readonly breaker: CircuitBreaker;
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
    this.breaker = new CircuitBreaker(settings.moduleName, settings.breaker, (error) => error instanceof CallFailure);
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
  public async execute(request: Req, options: ExecuteOptions = {}): Promise<Res | ExecuteFailure> {
    let response: Res | ExecuteFailure;
    try {
      const payload = this.payloadOf(request, options);
      const { context } = options;
      // A derived signal for each call: Node.js warns when many calls add listeners to a shared one.
      const signal = options.signal && AbortSignal.any([options.signal]);
      const answer = await this.breaker.execute((once) => this.call(payload, { context, signal, once }));
      const notRun = notRunOf(answer);
      if (notRun) return { ...failed(`module '${this.moduleName}' did not run: ${whyNotRun(notRun)}`), notRun };
      response = this.parseResponse(answer);
    } catch (error) {
      if (error instanceof NotInvoked) return failed(`Lambda not invoked: ${error.message}`);
      response = failed(`Lambda invocation error: ${error instanceof Error ? error.message : String(error)}`);
      if (error instanceof Abandoned) return response;
    }
    await this.recorder.record(Boolean(response?.success), options.context);
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

  private payloadOf(request: Req, options: ExecuteOptions): Uint8Array {
    const given = options.scopes ?? (Object(request) as { scopes?: unknown }).scopes;
    const scopes = new Set(Array.isArray(given) ? given : []);
    const missing = this.settings.requiredScopes.filter((scope) => !scopes.has(scope));
    if (missing.length > 0) {
      throw new NotInvoked(`module '${this.moduleName}' requires scopes that the request lacks: ${missing.join(', ')}`);
    }
    try {
      const { idempotencyKey } = options;
      const event = this.mapRequest(request);
      const delivery: Delivery = { [DELIVERY_KEY]: 'invoke', idempotencyKey, event };
      return toBytes(idempotencyKey === undefined ? event : delivery, this.settings.invocationType);
    } catch (error) {
      throw new NotInvoked((error as Error).message, { cause: error });
    }
  }

  private async call(payload: Uint8Array, limits: CallLimits): Promise<unknown> {
    const returned = await this.attempts.invoke(payload, limits);
    return this.settings.invocationType === 'Event' ? QUEUED : parsed(returned);
  }
}

/** Arguments after the module name. Options are required when the types don't fit the default mapping. */
type FromEnvironmentArguments<Req, Res> =
  Record<never, never> extends AdapterMapping<Req, Res>
    ? [options?: AdapterBehavior & AdapterMapping<Req, Res>]
    : [options: AdapterBehavior & AdapterMapping<Req, Res>];

/** @throws CallFailure when the payload is not complete JSON */
function parsed(returned: Uint8Array | undefined): unknown {
  const text = Buffer.from(returned ?? []).toString('utf8');
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    const shown = text.length > 80 ? wellFormed(`${text.slice(0, 40)}…${text.slice(-40)}`) : text;
    throw new CallFailure(`the answer of the function must be JSON, got ${returned?.length} bytes: ${shown}`, { cause });
  }
}
