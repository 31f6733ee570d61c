import { formatValue, ValidationError } from '../../private/errors';
import { type CommandResult, hasUv, interpreterWithPip, runPython } from './host';
import type { PythonRequirements } from './requirements';
import { describeTarget, type PythonTarget } from './target';

const NETWORK =
  /NewConnectionError|ConnectTimeoutError|ReadTimeoutError|NameResolutionError|Max retries exceeded|error sending request|dns error|Failed to fetch|Network is unreachable/;

/**
 * Turns the output of a failed uv or pip into an error that names the package and the remedy.
 *
 * @internal
 */
export function installError(result: CommandResult, requirements: PythonRequirements, target: PythonTarget): ValidationError {
  const text = `${result.stderr}\n${result.stdout}`;
  // Where pip cannot reach the index, it also reports that the package does not exist.
  if (NETWORK.test(text) && !/404 Client Error|was not found in the package registry/.test(text))
    return networkError(text, requirements);
  return (hasUv() ? uvError(text, target) : pipError(text, target)) ?? otherError(text, requirements);
}

function networkError(text: string, { label }: PythonRequirements): ValidationError {
  const reason =
    /Failed to establish a new connection: (.*?)'?\)/.exec(text)?.[1] ??
    [...text.matchAll(/^\s*(?:cause|Caused by): (.*)$/gm)].at(-1)?.[1] ??
    'no response';
  return new ValidationError(
    `installing ${label} requires the package index, got: ${reason.trim()}; connect to the network, or set UV_DEFAULT_INDEX or PIP_INDEX_URL to a mirror`,
  );
}

function uvError(text: string, target: PythonTarget): ValidationError | undefined {
  // Some versions of uv wrap lines.
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
  // pip has one message for a missing package, version or wheel. The versions on the index tell which it is.
  const { succeeded, stdout } = runPython(interpreterWithPip(), ['-m', 'pip', 'index', 'versions', '--pre', name]);
  if (!succeeded) return unknownPackage(name);
  const versions = /Available versions: (.*)/.exec(stdout)?.[1]?.split(', ') ?? [];
  const exact = /^[\w.-]+(?:\[[^\]]*\])?\s*===?\s*([^\s,;*]+)$/.exec(wanted)?.[1];
  if (exact && !versions.includes(exact)) return unknownVersion(wanted);
  return withoutWheel(wanted, target);
}

function unknownPackage(name: string): ValidationError {
  return new ValidationError(`a package must exist on the package index, got: ${formatValue(name)}`);
}

function unknownVersion(wanted: string): ValidationError {
  return new ValidationError(`a package version must exist on the package index, got: ${formatValue(wanted)}`);
}

function withoutWheel(wanted: string, target: PythonTarget): ValidationError {
  return new ValidationError(
    `a package must have a wheel for ${describeTarget(target)}, got: ${formatValue(wanted)} without one; use another version, architecture or runtime, or build it in Docker with bundling: PythonBundling.docker()`,
  );
}

function otherError(text: string, { label }: PythonRequirements): ValidationError {
  const lines = text.split('\n').map((line) => line.trimEnd());
  const errors = lines.filter((line) => /^(ERROR|error): /.test(line));
  const reason = (errors.length > 0 ? lines.slice(lines.indexOf(errors[0] as string)) : lines).join('\n').trim();
  return new ValidationError(`${hasUv() ? 'uv' : 'pip'} could not install ${label}:\n\n${reason}\n`);
}
