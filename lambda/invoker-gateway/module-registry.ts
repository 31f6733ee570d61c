import { SYNCHRONOUS_PAYLOAD_MAX_BYTES } from '../../lib/limits/constants';
import { failed } from '../runtime/adapter/execute-response';
import type { ExecuteOptions, ExecuteRequest, ExecuteResponse, ModuleInfo, RemainingTime } from '../runtime/adapter/types';
import { toRuntimeJson } from '../shared/json/runtime-json';
import type { NotRun } from '../shared/not-run';
import { RequestError } from './errors';
import { formatInput } from './format-input';

/** Response to a call, and whether the module returned it. */
export interface GatewayResponse extends ExecuteResponse {
  /** False when the module was not reached, or its function failed. */
  readonly answered?: boolean;
  /** Set when the overlap of the module skipped the run. */
  readonly notRun?: NotRun;
}

/** A module that the gateway calls. */
export interface GatewayModule {
  /** Scopes that a request must have. */
  readonly requiredScopes: readonly string[];
  execute(request: ExecuteRequest, options?: ExecuteOptions): Promise<GatewayResponse>;
  moduleInfo(): Promise<ModuleInfo>;
}

/** Status of a module, with the field names of the original health status. */
interface ModuleStatus {
  readonly is_healthy: boolean;
  readonly last_success: string | null;
  readonly last_failure: string | null;
  readonly consecutive_failures: number;
  readonly total_requests: number;
  readonly total_failures: number;
  readonly error_rate: number;
  readonly version: string;
}

/** Health of all modules. */
export interface HealthStatus {
  /** Whether all modules are healthy. */
  readonly is_healthy: boolean;
  readonly modules: Readonly<Record<string, ModuleStatus>>;
}

/** Calls modules by name, and reports their health. Contains only the modules that the construct configures. */
export class ModuleRegistry {
  public constructor(private readonly modules: ReadonlyMap<string, GatewayModule>) {}

  /** Whether a module exists. */
  public has(name: string): boolean {
    return this.modules.has(name);
  }

  /** @throws RequestError when the module does not exist */
  public requireModule(name: string): GatewayModule {
    const module = this.modules.get(name);
    if (module) return module;
    const names = [...this.modules.keys()].map((one) => `'${one}'`).join(', ');
    throw new RequestError(404, `module ${formatInput(name)} not found; available: ${names || 'none'}`);
  }

  /** @throws RequestError when the module does not exist, or the request lacks a required scope */
  public async execute(name: string, request: ExecuteRequest, context?: RemainingTime): Promise<GatewayResponse> {
    const module = this.requireModule(name);
    const scopes = new Set(request.scopes);
    const missing = module.requiredScopes.filter((scope) => !scopes.has(scope));
    if (missing.length > 0) {
      throw new RequestError(
        403,
        `scopes of a request to module '${name}' must include ${missing.map(formatInput).join(', ')}, got: ${formatInput(request.scopes ?? [])}`,
      );
    }
    return limited(await module.execute(request, { context }), name);
  }

  /** Health of all modules, including modules that were never called. */
  public async health(): Promise<HealthStatus> {
    const statuses = await Promise.all(
      [...this.modules].map(async ([name, module]) => [name, toStatus(await module.moduleInfo())] as const),
    );
    return { is_healthy: statuses.every(([, status]) => status.is_healthy), modules: Object.fromEntries(statuses) };
  }
}

/** Bytes of status and headers, which surround the body of a response through the URL. */
const ENVELOPE_BYTES = 1_024;

/** Replaces a response that is larger than Lambda allows by a failure: the caller would not receive it at all. */
function limited(response: GatewayResponse, module: string): GatewayResponse {
  // Through the URL, the body is a JSON string within the response, in which each quote takes an additional byte.
  const bytes = Buffer.byteLength(JSON.stringify(JSON.stringify(toRuntimeJson(response)))) + ENVELOPE_BYTES;
  if (bytes <= SYNCHRONOUS_PAYLOAD_MAX_BYTES) return response;
  return failed(
    `the response of module '${module}' must have at most ${SYNCHRONOUS_PAYLOAD_MAX_BYTES} bytes when the gateway returns it, got: ${bytes}`,
  );
}

function toStatus({ version, health }: ModuleInfo): ModuleStatus {
  return {
    is_healthy: health.isHealthy,
    last_success: health.lastSuccess,
    last_failure: health.lastFailure,
    consecutive_failures: health.consecutiveFailures,
    total_requests: health.totalRequests,
    total_failures: health.totalFailures,
    error_rate: health.errorRate,
    version,
  };
}
