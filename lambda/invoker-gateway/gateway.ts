import { SYNCHRONOUS_PAYLOAD_MAX_BYTES } from '../../lib/invoker/constants';
import { failed } from '../runtime/adapter/execute-response';
import type { ExecuteOptions, ExecuteRequest, ExecuteResponse, ModuleInfo, RemainingTime } from '../runtime/adapter/types';
import { RequestError } from './errors';
import { formatValue } from './format-value';

/** How a call ended, and whether the module has answered it. */
export interface GatewayResponse extends ExecuteResponse {
  /** False where the module was not reached, or its function failed. */
  readonly answered?: boolean;
}

/** What calls one module. */
export interface GatewayModule {
  /** Scopes that a request must have. */
  readonly requiredScopes: readonly string[];
  execute(request: ExecuteRequest, options?: ExecuteOptions): Promise<GatewayResponse>;
  moduleInfo(): Promise<ModuleInfo>;
}

/** What the gateway tells of a module; the names are those of the original's health status. */
export interface ModuleStatus {
  readonly is_healthy: boolean;
  readonly last_success: string | null;
  readonly last_failure: string | null;
  readonly consecutive_failures: number;
  readonly total_requests: number;
  readonly total_failures: number;
  readonly error_rate: number;
  readonly version: string;
}

/** How all modules do. */
export interface HealthStatus {
  /** Whether all modules are. */
  readonly is_healthy: boolean;
  readonly modules: Readonly<Record<string, ModuleStatus>>;
}

/** Calls modules by their names, and tells how they do. Modules are those that the construct has configured, and no others. */
export class Gateway {
  public constructor(private readonly modules: ReadonlyMap<string, GatewayModule>) {}

  /** Whether there is a module of a name. */
  public has(name: string): boolean {
    return this.modules.has(name);
  }

  /** @throws RequestError when there is no such module */
  public requireModule(name: string): GatewayModule {
    const module = this.modules.get(name);
    if (module) return module;
    const names = [...this.modules.keys()].map((one) => `'${one}'`).join(', ');
    throw new RequestError(404, `module must be one of ${names || '(there is none)'}, got: ${formatValue(name)}`);
  }

  /** @throws RequestError when there is no such module, or the request lacks a scope */
  public async execute(name: string, request: ExecuteRequest, context?: RemainingTime): Promise<GatewayResponse> {
    const module = this.requireModule(name);
    const scopes = new Set(request.scopes);
    const missing = module.requiredScopes.filter((scope) => !scopes.has(scope));
    if (missing.length > 0) {
      throw new RequestError(
        403,
        `scopes of a request for module '${name}' must have ${missing.map(formatValue).join(', ')}, got: ${formatValue(request.scopes ?? [])}`,
      );
    }
    return fitting(await module.execute(request, { context }), name);
  }

  /** The health of every module, also of those that nobody has called. */
  public async health(): Promise<HealthStatus> {
    const statuses = await Promise.all(
      [...this.modules].map(async ([name, module]) => [name, toStatus(await module.moduleInfo())] as const),
    );
    return { is_healthy: statuses.every(([, status]) => status.is_healthy), modules: Object.fromEntries(statuses) };
  }
}

/** What surrounds a body in an answer by URL, in bytes: status and headers. */
const ENVELOPE_BYTES = 1_024;

/** The response; or a failure where it would be larger than what a function may answer, which the caller would not get at all. */
function fitting(response: GatewayResponse, module: string): GatewayResponse {
  // By URL the body is a text within the answer, so that each of its quotes takes a byte more.
  const bytes = Buffer.byteLength(JSON.stringify(JSON.stringify(response))) + ENVELOPE_BYTES;
  if (bytes <= SYNCHRONOUS_PAYLOAD_MAX_BYTES) return response;
  return failed(
    `the answer of module '${module}' must have at most ${SYNCHRONOUS_PAYLOAD_MAX_BYTES} bytes as the gateway hands it on, got: ${bytes}`,
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
