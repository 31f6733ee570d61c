import { ENV_HEALTH_NAMESPACE } from '../../lib/invoker/constants';
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
 * Calls the Lambda function of a module, and says how that module does. A call that fails is tried again where that may help,
 * within the time that the caller has; it never throws. Make one adapter for each module, once, beside the handler.
 *
 * ```ts
 * const payments = new LambdaAdapter({ functionName: 'payments', moduleName: 'payments' });
 * const { success, message, error } = await payments.execute(request, { context });
 * ```
 */
export class LambdaAdapter<Req = ExecuteRequest, Res extends { readonly success: boolean } = ExecuteResponse> {
  /** Name of the module. */
  public readonly moduleName: string;
  private readonly settings: AdapterSettings;
  private readonly attempts: Attempts;
  private readonly breaker: CircuitBreaker;
  private readonly recorder: HealthRecorder;
  private readonly mapRequest: MapRequest<Req>;
  private readonly parseResponse: ParseResponse<Res>;

  /**
   * No request is made.
   *
   * @throws InvalidParameterError when an option breaks its rule
   */
  public constructor(options: LambdaAdapterOptions<Req, Res>) {
    const settings = settingsOf(options, process.env);
    // Where their types don't fit, the compiler asks for the caller's own.
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
   * An adapter of a module that the invoker construct lets this function call: the environment variable KATAMARI_MODULES
   * says how.
   *
   * @param options what is to be different, or comes on top
   * @throws InvalidParameterError when the variable has no such module
   */
  public static fromEnvironment<Req = ExecuteRequest, Res extends { readonly success: boolean } = ExecuteResponse>(
    moduleName: string,
    ...[options]: FromEnvironmentArguments<Req, Res>
  ): LambdaAdapter<Req, Res> {
    const module = moduleOptionsOf(moduleName, process.env);
    // An option that is there but undefined must not take away what the construct has set, such as scopes.
    const given = Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined));
    return new LambdaAdapter<Req, Res>({ ...module, ...given } as LambdaAdapterOptions<Req, Res>);
  }

  /** Names of the modules that the invoker construct lets this function call. @throws InvalidParameterError */
  public static moduleNames(): string[] {
    return moduleNamesOf(process.env);
  }

  /**
   * Calls the module. `RequestResponse` answers what the module does, `Event` that Lambda has taken the event.
   *
   * @returns `{ success: false, error }` when it fails; it never throws
   */
  public async execute(request: Req, options: ExecuteOptions = {}): Promise<Res | ExecuteFailure> {
    let response: Res | ExecuteFailure;
    try {
      const payload = this.payloadOf(request, options);
      const { context } = options;
      // Derived: a signal that many calls share would warn of their listeners.
      const signal = options.signal && AbortSignal.any([options.signal]);
      const answer = await this.breaker.execute((once) => this.call(payload, { context, signal, once }));
      response = this.parseResponse(answer);
    } catch (error) {
      if (error instanceof NotInvoked) return failed(`Lambda not invoked: ${error.message}`);
      response = failed(`Lambda invocation error: ${error instanceof Error ? error.message : String(error)}`);
      if (error instanceof Abandoned) return response;
    }
    await this.recorder.record(Boolean(response?.success), options.context);
    return response;
  }

  /** How the module does: for all callers where they share a table, else for this adapter. */
  public health(): Promise<ModuleHealth> {
    return this.recorder.read();
  }

  /** Whether fewer than 3 calls in a row have failed. */
  public async isHealthy(): Promise<boolean> {
    return (await this.health()).isHealthy;
  }

  /** What this adapter calls, and how that does. */
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
      return toBytes(this.mapRequest(request), this.settings.invocationType);
    } catch (error) {
      throw new NotInvoked((error as Error).message, { cause: error });
    }
  }

  private async call(payload: Uint8Array, limits: CallLimits): Promise<unknown> {
    const returned = await this.attempts.invoke(payload, limits);
    return this.settings.invocationType === 'Event' ? QUEUED : parsed(returned);
  }
}

/** Arguments after the name of the module: none are needed where the original's mapping fits the types. */
type FromEnvironmentArguments<Req, Res> =
  Record<never, never> extends AdapterMapping<Req, Res>
    ? [options?: AdapterBehavior & AdapterMapping<Req, Res>]
    : [options: AdapterBehavior & AdapterMapping<Req, Res>];

/** @throws CallFailure when it is not JSON, or not all of it */
function parsed(returned: Uint8Array | undefined): unknown {
  const text = Buffer.from(returned ?? []).toString('utf8');
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    const shown = text.length > 80 ? `${text.slice(0, 40)}…${text.slice(-40)}` : text;
    throw new CallFailure(`the answer of the function must be JSON, got ${returned?.length} bytes: ${shown}`, { cause });
  }
}
