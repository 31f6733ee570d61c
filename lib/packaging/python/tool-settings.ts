import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { stringify } from 'smol-toml';
import { isObject } from '../json';
import type { PackageIndex } from './requirement-lines';
import { readObject } from './text';

type Table = Readonly<Record<string, unknown>>;

/**
 * Settings of uv that say where packages are and how to reach them. The others change which packages are installed.
 *
 * @see https://docs.astral.sh/uv/reference/settings/
 */
const UV_PLACES = ['index', 'index-url', 'extra-index-url', 'no-index', 'find-links'];
const UV_ACCESS = [
  ...['keyring-provider', 'allow-insecure-host', 'native-tls', 'system-certs', 'cache-dir', 'no-cache', 'offline'],
  ...['http-proxy', 'https-proxy', 'no-proxy'],
];

/**
 * Settings of pip that say where packages are and how to reach them.
 *
 * @see https://pip.pypa.io/en/stable/topics/configuration/
 */
const PIP_SETTINGS = [
  ...['index-url', 'extra-index-url', 'no-index', 'find-links', 'trusted-host', 'keyring-provider'],
  ...['proxy', 'cert', 'client-cert', 'cache-dir', 'no-cache-dir', 'timeout', 'default-timeout', 'retries'],
];
/** Sections of a pip.conf that apply, the last first. */
const PIP_SECTIONS = ['global', 'download', 'install', 'wheel'];

/**
 * Variables of pip and uv that are passed on: indexes, proxies, certificates, caches, timeouts and retries. The others change which
 * packages are installed, or where: they are part of neither the lock nor the key.
 *
 * @see https://pip.pypa.io/en/stable/topics/configuration/#environment-variables
 * @see https://docs.astral.sh/uv/reference/environment/
 */
const PASSED_ON = [
  /^PIP_(INDEX_URL|EXTRA_INDEX_URL|NO_INDEX|FIND_LINKS|TRUSTED_HOST|KEYRING_PROVIDER)$/,
  /^PIP_(PROXY|CERT|CLIENT_CERT|CACHE_DIR|NO_CACHE_DIR|TIMEOUT|DEFAULT_TIMEOUT|RETRIES)$/,
  /^UV_(DEFAULT_INDEX|INDEX|INDEX_(?!STRATEGY$)\w+|EXTRA_INDEX_URL|NO_INDEX|FIND_LINKS|INSECURE_HOST|KEYRING_PROVIDER)$/,
  /^UV_(HTTP_PROXY|HTTPS_PROXY|ALL_PROXY|NO_PROXY|NATIVE_TLS|SYSTEM_CERTS|CACHE_DIR|NO_CACHE|OFFLINE)$/,
  /^UV_(HTTP_TIMEOUT|HTTP_CONNECT_TIMEOUT|REQUEST_TIMEOUT|HTTP_RETRIES)$/,
];
/** Variables that name an index: packages that are bound to another one must not come from these. */
const INDEX_VARIABLES = /^(PIP_(EXTRA_)?INDEX_URL|UV_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL))$/;

/** Variables of the environment that are passed on to uv and pip. */
function isPassedOn(name: string, bound: boolean): boolean {
  if (bound && INDEX_VARIABLES.test(name)) return false;
  return !/^(PIP|UV)_/.test(name) || PASSED_ON.some((pattern) => pattern.test(name));
}

/**
 * Environment of the tools, without the settings of this machine that change which packages are installed.
 *
 * @param bound whether packages must come from an index that the caller names
 *
 * @internal
 */
export function toolEnvironment(bound = false): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => isPassedOn(name, bound))),
    NO_COLOR: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
    PIP_ROOT_USER_ACTION: 'ignore',
    // No file of settings: `pipEnvironment` passes on what is needed of them.
    PIP_CONFIG_FILE: process.platform === 'win32' ? 'nul' : '/dev/null',
    PYTHONDONTWRITEBYTECODE: '1',
    UV_NO_PROGRESS: '1',
  };
  for (const name of ['PYTHONHOME', 'PYTHONPATH', 'FORCE_COLOR']) delete environment[name];
  return environment;
}

/**
 * Environment in which `pip config list` tells the settings of this machine.
 *
 * @internal
 */
export function pipConfigEnvironment(): NodeJS.ProcessEnv {
  return { ...toolEnvironment(), PIP_CONFIG_FILE: process.env.PIP_CONFIG_FILE };
}

/**
 * Variables for pip with the settings of this machine that say where packages are.
 *
 * @param list output of `pip config list`, such as `global.index-url='https://…'`
 * @param bound whether packages must come from an index that the caller names
 *
 * @internal
 */
export function pipVariables(list: string, bound: boolean): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const section of PIP_SECTIONS) {
    for (const [, , key = '', , value = ''] of list.matchAll(new RegExp(`^(${section})\\.([\\w-]+)=(['"])(.*)\\3$`, 'gm'))) {
      const name = `PIP_${key.toUpperCase().replaceAll('-', '_')}`;
      // The environment comes before the files.
      if (!PIP_SETTINGS.includes(key) || name in process.env || (bound && INDEX_VARIABLES.test(name))) continue;
      variables[name] = value.replace(/\\(n|.)/g, (_, character) => (character === 'n' ? '\n' : character)).trim();
    }
  }
  return variables;
}

/**
 * Settings for uv, as the text of a uv.toml: those of the project and of this machine that say where packages are. Others would
 * change which packages are installed, on this machine alone.
 *
 * @param directory folder of the requirements
 * @param index the only index for packages
 *
 * @internal
 */
export function uvSettings(directory: string, index?: PackageIndex): string {
  const custom = process.env.UV_CONFIG_FILE;
  const files = custom ? [resolve(custom)] : machineFiles();
  const project = custom ? {} : projectTable(directory);
  const tables = [project, ...files.map((file) => tableOf(file))];
  const access = merged(tables, UV_ACCESS);
  if (index === undefined)
    return stringify({ ...merged(tables, UV_PLACES), ...merged([project], ['index-strategy']), ...access });
  // The folders of this machine still serve one without a network.
  const { url, name, flat } = index;
  const only = { url, ...(name !== undefined && { name }), ...(flat && { format: 'flat' }), default: true };
  return stringify({ ...merged(tables, ['no-index', 'find-links']), ...access, index: [only] });
}

/** As uv does: the first value counts, and lists are joined. */
function merged(tables: readonly Table[], keys: readonly string[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const key of keys) {
    const values = tables.map((table) => table[key]).filter((value) => value !== undefined);
    if (values.length > 0) result[key] = Array.isArray(values[0]) ? values.flat() : values[0];
  }
  return result;
}

/** Settings of the project: of the nearest uv.toml, or pyproject.toml with a section for uv. */
function projectTable(directory: string): Table {
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'uv.toml'))) return tableOf(join(folder, 'uv.toml'));
    const project = join(folder, 'pyproject.toml');
    const { tool } = existsSync(project) ? readObject(project, 'TOML') : {};
    if (isObject(tool) && isObject(tool.uv)) return withAbsolutePaths(tool.uv, folder);
    if (dirname(folder) === folder) return {};
  }
}

/** @see https://docs.astral.sh/uv/concepts/configuration-files/ */
function machineFiles(): string[] {
  const { APPDATA, PROGRAMDATA, XDG_CONFIG_HOME, XDG_CONFIG_DIRS } = process.env;
  if (process.platform === 'win32') {
    return [APPDATA, PROGRAMDATA].flatMap((folder) => (folder ? [join(folder, 'uv', 'uv.toml')] : []));
  }
  const system = (XDG_CONFIG_DIRS || '/etc/xdg').split(':').map((folder) => join(folder, 'uv', 'uv.toml'));
  const found = [...system, '/etc/uv/uv.toml'].find((file) => existsSync(file));
  return [join(XDG_CONFIG_HOME || join(homedir(), '.config'), 'uv', 'uv.toml'), ...(found ? [found] : [])];
}

function tableOf(file: string): Table {
  return existsSync(file) ? withAbsolutePaths(readObject(file, 'TOML'), dirname(file)) : {};
}

/** The section `pip` of the settings counts for the commands that are used here, and comes first. */
function withAbsolutePaths(settings: Table, base: string): Table {
  const table: Record<string, unknown> = { ...settings, ...(isObject(settings.pip) && settings.pip) };
  const place = (value: unknown) =>
    typeof value === 'string' && /^\.{1,2}(\/|$)|^[^:/]+(\/|$)(?!\/)/.test(value) ? resolve(base, value) : value;
  if (Array.isArray(table['find-links'])) table['find-links'] = table['find-links'].map(place);
  if (Array.isArray(table.index)) table.index = table.index.map((of) => (isObject(of) ? { ...of, url: place(of.url) } : of));
  return table;
}
