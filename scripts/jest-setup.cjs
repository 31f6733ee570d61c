// Tests of the command, of bundles and of the package use dist/: it is made anew where a source has changed.
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');

module.exports = () => {
  const { status } = spawnSync(process.execPath, [join(__dirname, 'prepare.mjs'), 'build'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the tests need a build, which failed: see above');
};
