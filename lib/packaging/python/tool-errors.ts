import { formatValue, ValidationError } from '../../private/errors';
import { type CommandResult, hasUv, interpreterWithPip, runPython } from './host';
import type { PythonRequirements } from './requirements';
import { describeTarget, type PythonTarget } from './target';

const NETWORK =
  /NewConnectionError|ConnectTimeoutError|ReadTimeoutError|NameResolutionError|Max retries exceeded|error sending request|dns error|Failed to fetch|Network is unreachable/;

/**
 * What stopped uv or pip, as an error that names the package and what to do.
 *
 * @internal
 */
export function installError(result: CommandResult, requirements: PythonRequirements, target: PythonTarget): ValidationError {
  const text = `${result.stderr}\n${result.stdout}`;
  // Of an index that it can't reach, pip goes on to say that there is no such package.
  if (NETWORK.test(text) && !/404 Client Error|was not found in the package registry/.test(text))
    return networkError(text, requirements);
  return (hasUv() ? uvError(text, target) : pipError(text, target)) ?? otherError(text, requirements);
}

function networkError(text: string, { label }: PythonRequirements): ValidationError {
  const reason =
    /Failed to establish a new connection: (.*?)'?\)/.exec(text)?.[1] ??
    [...text.matchAll(/^\s*(?:cause|Caused by): (.*)$/gm)].at(-1)?.[1] ??
    'no answer';
  return new ValidationError(
    `the packages of ${label} must be reachable on the package index, got: ${reason.trim()}. The first installation needs the network, or a mirror that UV_DEFAULT_INDEX or PIP_INDEX_URL names; later ones are taken from the cache`,
  );
}

function uvError(text: string, target: PythonTarget): ValidationError | undefined {
  // The lines of its reasoning are wrapped, or not, as the version of uv likes.
  const reason = text.replace(/\s+/g, ' ');
  const unknown = /\b([A-Za-z0-9][\w.-]*) was not found in the package registry/.exec(reason)?.[1];
  if (unknown) return unknownPackage(unknown);
  const noWheel =
    /(?:^|[\s`])([A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?)((?:[=<>!~]=?[^\s,`]+)?)`? (?:has|have) no (?:usable )?wheels/.exec(reason);
  if (noWheel) return withoutWheel(`${noWheel[1]}${noWheel[2]}`, target);
  const noVersion = /there (?:is no version|are no versions) of ([^\s,]+)/.exec(reason)?.[1];
  if (noVersion) return unknownVersion(noVersion);
  return undefined;
}

function pipError(text: string, target: PythonTarget): ValidationError | undefined {
  const wanted = /Could not find a version that satisfies the requirement (.+?) \(from/.exec(text)?.[1]?.trim();
  if (!wanted) return undefined;
  const name = /^[\w.-]+/.exec(wanted)?.[0] ?? wanted;
  // pip says the same of each: what the index has of the package tells them apart.
  const { succeeded, stdout } = runPython(interpreterWithPip(), ['-m', 'pip', 'index', 'versions', '--pre', name]);
  if (!succeeded) return unknownPackage(name);
  const versions = /Available versions: (.*)/.exec(stdout)?.[1]?.split(', ') ?? [];
  const exact = /^[\w.-]+(?:\[[^\]]*\])?\s*===?\s*([^\s,;*]+)$/.exec(wanted)?.[1];
  if (exact && !versions.includes(exact)) return unknownVersion(wanted);
  return withoutWheel(wanted, target);
}

function unknownPackage(name: string): ValidationError {
  return new ValidationError(`a package must be on the package index, got: ${formatValue(name)}, which is not`);
}

function unknownVersion(wanted: string): ValidationError {
  return new ValidationError(`a version of a package must be on the package index, got: ${formatValue(wanted)}, which is not`);
}

function withoutWheel(wanted: string, target: PythonTarget): ValidationError {
  return new ValidationError(
    `a package must have a wheel for ${describeTarget(target)}, got: ${formatValue(wanted)}, which has none. Use another version, another architecture or another runtime, or have it built in Docker: bundling: PythonBundling.docker()`,
  );
}

function otherError(text: string, { label }: PythonRequirements): ValidationError {
  const lines = text.split('\n').map((line) => line.trimEnd());
  const errors = lines.filter((line) => /^(ERROR|error): /.test(line));
  const said = (errors.length > 0 ? lines.slice(lines.indexOf(errors[0] as string)) : lines).join('\n').trim();
  return new ValidationError(`${hasUv() ? 'uv' : 'pip'} could not install ${label}:\n\n${said}\n`);
}
