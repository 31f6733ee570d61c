import { Argument, Command } from 'commander';
import { benchAdapter } from './adapter';
import { benchBundling } from './bundling';
import { benchColdStart } from './coldstart';
import { benchCost } from './cost';
import { benchJitter } from './jitter';
import { benchPip } from './pip';
import { benchSizes } from './sizes';
import { benchSynth } from './synth';
import { benchTracker } from './tracker';

const benchmarks: Readonly<Record<string, () => Promise<void>>> = {
  bundling: benchBundling,
  synth: benchSynth,
  tracker: benchTracker,
  sizes: benchSizes,
  cost: benchCost,
  jitter: benchJitter,
  adapter: benchAdapter,
  pip: benchPip,
  coldstart: benchColdStart,
};
const names = Object.keys(benchmarks);

async function main(): Promise<void> {
  // Exits instead of being killed, so that temporary folders are removed.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const command = new Command('npm run bench --')
    .description('Prints benchmarks, each against the peer a user would pick instead. docs/benchmarks.md says what they measure.')
    .addArgument(new Argument('[names...]', 'benchmarks to run').choices(names).default(names, 'all of them'))
    .parse();
  console.log(`Node.js ${process.version}, ${process.platform} ${process.arch}`);
  for (const name of command.processedArgs[0] as string[]) await benchmarks[name]?.();
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
