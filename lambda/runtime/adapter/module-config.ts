import { ENV_MODULES, type ModuleConfig } from '../../../lib/invoker/constants';
import { invalid } from '../../shared/checks';
import type { AdapterBehavior, AdapterTarget } from './types';

const KEYS = new Set<string>([
  'function',
  'prefix',
  'region',
  'invocationType',
  'version',
  'scopes',
  'roleArn',
  'externalId',
  'maxRetries',
  'initialRetryDelayMs',
  'maxRetryDelayMs',
  'connectionTimeoutMs',
  'requestTimeoutMs',
] satisfies (keyof ModuleConfig)[]);

const REMEDY = 'Grant the caller the module by its AdapterInvoker, which sets the variable.';

/** Names of the modules that the construct lets this function call. @throws InvalidParameterError */
export function moduleNamesOf(env: NodeJS.ProcessEnv): string[] {
  return Object.keys(modulesOf(env));
}

/** What the construct says about a module. @throws InvalidParameterError when it says nothing, or not what it should */
export function moduleOptionsOf(moduleName: string, env: NodeJS.ProcessEnv): AdapterTarget & AdapterBehavior {
  const modules = modulesOf(env);
  const config = Object.hasOwn(modules, moduleName) ? modules[moduleName] : undefined;
  if (config === undefined) {
    const names = Object.keys(modules).map((name) => `'${name}'`);
    throw invalid(`the module must be one of ${ENV_MODULES} (${names.join(', ') || 'there is none'})`, moduleName, REMEDY);
  }
  if (!isObject(config)) throw invalid(`module '${moduleName}' of ${ENV_MODULES} must be an object`, config, REMEDY);
  const unknown = Object.keys(config).find((key) => !KEYS.has(key));
  if (unknown !== undefined) {
    throw invalid(
      `module '${moduleName}' of ${ENV_MODULES} must have no other keys than ${[...KEYS].join(', ')}`,
      unknown,
      REMEDY,
    );
  }
  const { function: functionName, prefix, version, scopes, roleArn, externalId, ...behavior } = config;
  return {
    ...behavior,
    moduleName,
    functionName,
    functionPrefix: prefix,
    moduleVersion: version,
    requiredScopes: scopes,
    assumeRole: roleArn === undefined ? undefined : { roleArn, externalId },
  };
}

function modulesOf(env: NodeJS.ProcessEnv): Readonly<Record<string, ModuleConfig>> {
  const text = env[ENV_MODULES];
  let config: unknown;
  try {
    config = JSON.parse(text ?? '');
  } catch {
    throw invalid(`${ENV_MODULES} must be the JSON of the modules that may be called`, text, REMEDY);
  }
  const { modules } = Object(config) as { modules?: unknown };
  if (!isObject(modules)) throw invalid(`${ENV_MODULES} must have an object of modules`, text, REMEDY);
  return modules as Readonly<Record<string, ModuleConfig>>;
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
