// Refuses a Node.js that is too old. Loaded before all else, so it uses nothing that an old one lacks.
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const needed = /\d+\.\d+/.exec(engines.node)[0];
const [major, minor] = needed.split('.').map(Number);
const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
if (ownMajor < major || (ownMajor === major && ownMinor < minor)) {
  console.error(`cdk-katamari needs Node.js ${needed} or newer, this is ${process.version}: see https://nodejs.org`);
  process.exit(1);
}
