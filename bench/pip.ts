import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findPython } from '../engine/python';
import { runProcess } from '../engine/run-process';
import { runChild, Samples } from './measure';
import type { PipTimes } from './pip-app';
import { formatMs, formatRatio, printNote, printTable } from './table';
import { type Workspace, withWorkspace } from './workspace';

const PACKAGES = ['pandas', 'numpy', 'requests'];
const ROUNDS = 3;
const OUR_CACHE = 'node_modules/.cache';
const OUR_LOCK = 'katamari-python.lock.json';
const TARGET = 'installed';
/** Platforms of wheels for python3.13 on arm64, newest first. */
const PLATFORMS = Array.from({ length: 18 }, (_, index) => `manylinux_2_${34 - index}_aarch64`);

/** An installer and its arguments. */
interface Installer {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Measures the installation of the packages of a PipLayer against the installer by hand. */
export async function benchPip(): Promise<void> {
  const installers = await findInstallers();
  // The installer that PipLayer uses.
  const own = installers.at(-1) as Installer;
  const samples = new Samples();
  await withWorkspace(async (workspace) => {
    workspace.write('small/file.txt', 'small');
    // Fills the caches of the installers before the measurement.
    for (const installer of installers) await install(workspace, installer);
    for (let round = 0; round < ROUNDS; round++) {
      for (const installer of installers) samples.add(installer.name, await install(workspace, installer));
      workspace.remove(OUR_LOCK);
      await synth(workspace, samples, 'first', [OUR_CACHE]);
      await synth(workspace, samples, 'locked', [OUR_CACHE]);
      await synth(workspace, samples, 'unchanged', []);
    }
  });
  const row = (label: string, name: string) => [
    label,
    formatMs(samples.median(name)),
    ...installers.map((installer) => formatRatio(samples.median(installer.name), samples.median(name))),
  ];
  printTable(
    `pip: ${PACKAGES.join(', ')} for python3.13 on arm64, median of ${ROUNDS}`,
    ['', 'time', ...installers.map(({ name }) => `ratio to ${name}`)],
    [
      ...installers.map(({ name }) => row(`${name} install --target, by hand`, name)),
      row(`PipLayer, first synth, by ${own.name}`, 'first layer'),
      row(`PipLayer, first synth on another machine, by ${own.name}`, 'locked layer'),
      row('PipLayer, nothing changed', 'unchanged layer'),
      row('PipLayer and cloud assembly, first synth', 'first synth'),
      row('PipLayer and cloud assembly, nothing changed', 'unchanged synth'),
    ],
  );
  printNote('the cache of the installer has the packages: only the index is read over the network');
  printNote('on another machine: with katamari-python.lock.json, without the installed packages of the first synth');
}

/** pip, and uv if it is on the PATH: PipLayer then uses uv too. */
async function findInstallers(): Promise<Installer[]> {
  const pip: Installer = {
    name: 'pip',
    command: (await findPython()).command,
    args: [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-compile', '--target', TARGET],
      ...['--only-binary=:all:', '--python-version', '3.13', '--implementation', 'cp', '--abi', 'cp313'],
      ...PLATFORMS.flatMap((platform) => ['--platform', platform]),
    ],
  };
  if (spawnSync('uv', ['--version']).status !== 0) return [pip];
  const uv: Installer = {
    name: 'uv pip',
    command: 'uv',
    args: [
      ...['pip', 'install', '--quiet', '--link-mode', 'copy', '--target', TARGET],
      ...['--only-binary', ':all:', '--python-version', '3.13', '--python-platform', 'aarch64-manylinux_2_34'],
    ],
  };
  return [pip, uv];
}

/** @returns milliseconds */
async function install(workspace: Workspace, { name, command, args }: Installer): Promise<number> {
  workspace.remove(TARGET);
  const start = performance.now();
  const { code, stderr } = await runProcess(command, [...args, ...PACKAGES], { cwd: workspace.directory });
  if (code !== 0) throw new Error(`${name} could not install ${PACKAGES.join(', ')}:\n${stderr.slice(-2_000)}`);
  return performance.now() - start;
}

async function synth(workspace: Workspace, samples: Samples, when: string, without: readonly string[]): Promise<void> {
  if (without.length > 0) for (const path of [...without, 'cdk.out']) workspace.remove(path);
  const times = await runChild<PipTimes>(join(__dirname, 'pip-app.js'), PACKAGES, { cwd: workspace.directory });
  for (const [what, ms] of Object.entries(times)) samples.add(`${when} ${what}`, ms);
}
