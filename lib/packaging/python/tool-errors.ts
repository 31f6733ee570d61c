import { formatValue, ValidationError } from '../../private/errors';
import { type CommandResult, hasUv, interpreterWithPip, pipEnvironment, runPython } from './host';
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
  const place = { origin: requirements.origin, target };
  return (hasUv() ? uvError(text, place) : pipError(text, place)) ?? otherError(text, requirements);
}

/** What an error names besides the package. */
interface Place {
  /** Place of the requirements. */
  readonly origin: string;
  readonly target: PythonTarget;
}

function networkError(text: string, { origin }: PythonRequirements): ValidationError {
  const reason =
    /Failed to establish a new connection: (.*?)'?\)/.exec(text)?.[1] ??
    [...text.matchAll(/^\s*(?:cause|Caused by): (.*)$/gm)].at(-1)?.[1] ??
    'no response';
  return new ValidationError(
    `installing ${origin} requires the package index, got: ${reason.trim()}; connect to the network, or set UV_DEFAULT_INDEX or PIP_INDEX_URL to a mirror`,
  );
}

function uvError(text: string, place: Place): ValidationError | undefined {
  // Some versions of uv wrap lines.
  const reason = text.replace(/\s+/g, ' ');
  const unknown = /\b([A-Za-z0-9][\w.-]*) was not found in the (?:package registry|provided package locations)/.exec(reason)?.[1];
  if (unknown) return unknownPackage(unknown, place);
  const noWheel =
    /(?:^|[\s`])([A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?)((?:[=<>!~]=?[^\s,`]+)?)`? (?:has|have) no (?:usable )?wheels/.exec(reason);
  if (noWheel) return withoutWheel(`${noWheel[1]}${noWheel[2]}`, place);
  const noVersion = /there (?:is no version|are no versions) of ([^\s,]+)/.exec(reason)?.[1];
  if (noVersion) return unknownVersion(noVersion, place);
  const tooNew = /Because ([A-Za-z0-9][\w.-]*(?:[=<>!~]=?[^\s,]+)?) requires Python ([<>=!~][^\s]*)/.exec(reason);
  if (tooNew) return unsupportedPython(tooNew[1] as string, tooNew[2] as string, place);
  return undefined;
}

function pipError(text: string, place: Place): ValidationError | undefined {
  // pip says so where the metadata is only in the wheel, as in a folder.
  const different = /Package '(.+?)' requires a different Python: \S+ not in '(.+?)'/.exec(text);
  if (different) return unsupportedPython(different[1] as string, different[2] as string, place);
  const wanted = /Could not find a version that satisfies the requirement (.+?) \(from/.exec(text)?.[1]?.trim();
  if (!wanted) return undefined;
  const name = /^[\w.-]+/.exec(wanted)?.[0] ?? wanted;
  // pip has one message for a missing package, version or wheel. The versions on the index tell which it is.
  const { succeeded, stdout } = runPython(
    interpreterWithPip(),
    ['-m', 'pip', 'index', 'versions', '--pre', name],
    undefined,
    pipEnvironment(),
  );
  if (!succeeded) return unknownPackage(name, place);
  const versions = /Available versions: (.*)/.exec(stdout)?.[1]?.split(', ') ?? [];
  const exact = /^[\w.-]+(?:\[[^\]]*\])?\s*===?\s*([^\s,;*]+)$/.exec(wanted)?.[1];
  const ignored = /require a different python version: (.*)/.exec(text)?.[1]?.split('; ') ?? [];
  const limit = ignored.map((entry) => entry.split(' Requires-Python ')).find(([version]) => version === exact)?.[1];
  if (limit !== undefined) return unsupportedPython(wanted, limit, place);
  if (exact && !versions.includes(exact)) return unknownVersion(wanted, place);
  return withoutWheel(wanted, place);
}

function unknownPackage(name: string, { origin }: Place): ValidationError {
  return new ValidationError(`a package must exist on the package index, got: ${formatValue(name)} in ${origin}`);
}

function unknownVersion(wanted: string, { origin }: Place): ValidationError {
  return new ValidationError(`a package version must exist on the package index, got: ${formatValue(wanted)} in ${origin}`);
}

function unsupportedPython(wanted: string, limit: string, { origin, target }: Place): ValidationError {
  return new ValidationError(
    `a package must support ${describeTarget(target)}, got: ${formatValue(wanted)} in ${origin}, which requires Python ${limit}; use another version or runtime`,
  );
}

function withoutWheel(wanted: string, { origin, target }: Place): ValidationError {
  return new ValidationError(
    `a package must have a wheel for ${describeTarget(target)}, got: ${formatValue(wanted)} in ${origin} without one; use another version, architecture or runtime, or build it in Docker with bundling: PythonBundling.docker()`,
  );
}

function otherError(text: string, { origin }: PythonRequirements): ValidationError {
  const lines = text.split('\n').map((line) => line.trimEnd());
  const errors = lines.filter((line) => /^(ERROR|error): /.test(line));
  const reason = (errors.length > 0 ? lines.slice(lines.indexOf(errors[0] as string)) : lines).join('\n').trim();
  return new ValidationError(`${hasUv() ? 'uv' : 'pip'} could not install ${origin}:\n\n${reason}\n`);
}
