import * as z from 'zod/mini';
import { ENV_MODULES, INVOCATION_TYPES, type ModuleConfig } from '../../../lib/invoker/constants';
import { invalid } from '../../shared/checks';
import { InvalidParameterError } from '../../shared/errors';
import { firstIssue } from '../../shared/first-issue';
import type { AdapterBehavior, AdapterTarget } from './types';

const REMEDY = 'Grant the module to the caller with its AdapterInvoker, which sets the variable.';

const text = z.string('must be a string');
const optionalText = z.optional(text);
const optionalNumber = z.optional(z.number('must be a number'));
/** The limits of the values are checked with the options of the adapter. */
const shape = {
  function: text,
  prefix: optionalText,
  region: optionalText,
  invocationType: z.optional(z.enum(INVOCATION_TYPES, `must be ${INVOCATION_TYPES.map((type) => `'${type}'`).join(' or ')}`)),
  version: optionalText,
  scopes: z.optional(z.array(text, 'must be a list of strings')),
  roleArn: optionalText,
  externalId: optionalText,
  maxRetries: optionalNumber,
  initialRetryDelayMs: optionalNumber,
  maxRetryDelayMs: optionalNumber,
  connectionTimeoutMs: optionalNumber,
  requestTimeoutMs: optionalNumber,
} satisfies Record<keyof ModuleConfig, z.core.SomeType>;
const moduleConfig = z.strictObject(shape, {
  error: ({ code }) =>
    code === 'unrecognized_keys' ? `must have only the keys ${Object.keys(shape).join(', ')}` : 'must be an object',
});
/** Value of `ENV_MODULES`. Each module is parsed when it is used: an invalid one must not affect the others. */
const modulesConfig = z.object({ modules: z.record(z.string(), z.unknown(), 'must be an object') }, 'must be an object');

/** Names of the modules that this function may call. @throws InvalidParameterError */
export function moduleNamesOf(env: NodeJS.ProcessEnv): string[] {
  return Object.keys(modulesOf(env));
}

/** Configuration of a module. @throws InvalidParameterError when it is missing or invalid */
export function moduleOptionsOf(moduleName: string, env: NodeJS.ProcessEnv): AdapterTarget & AdapterBehavior {
  const modules = modulesOf(env);
  const config = Object.hasOwn(modules, moduleName) ? modules[moduleName] : undefined;
  if (config === undefined) {
    const names = Object.keys(modules).map((name) => `'${name}'`);
    throw new InvalidParameterError(
      `module '${moduleName}' not found in ${ENV_MODULES}; available: ${names.join(', ') || 'none'}`,
      { code: 'InvalidParameterError', remedy: REMEDY },
    );
  }
  const parsed = moduleConfig.safeParse(config);
  if (!parsed.success) {
    const { path, rule, value } = firstIssue(parsed.error, config);
    const what = `module '${moduleName}' of ${ENV_MODULES}`;
    throw invalid(path === '' ? `${what} ${rule}` : `${path} of ${what} ${rule}`, value, REMEDY);
  }
  const { function: functionName, prefix, version, scopes, roleArn, externalId, ...behavior } = parsed.data;
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

function modulesOf(env: NodeJS.ProcessEnv): Readonly<Record<string, unknown>> {
  const value = env[ENV_MODULES];
  let config: unknown;
  try {
    config = JSON.parse(value ?? '');
  } catch {
    throw invalid(`${ENV_MODULES} must be JSON`, value, REMEDY);
  }
  const parsed = modulesConfig.safeParse(config);
  if (!parsed.success) throw invalid(`${ENV_MODULES} must be an object with an object 'modules'`, value, REMEDY);
  return parsed.data.modules;
}
