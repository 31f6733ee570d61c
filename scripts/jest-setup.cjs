// Before every run of jest: dist/ is rebuilt where a source has changed, since tests of the command, of bundles and of the
// package use it; and the run gets a temporary directory of its own, which scripts/jest-teardown.cjs deletes.
const { spawnSync } = require('node:child_process');
const { mkdtempSync, realpathSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { untrackedFiles } = require('./jest-leftovers.cjs');

module.exports = () => {
  const { status } = spawnSync(process.execPath, [join(__dirname, 'prepare.mjs'), 'build'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the tests need a build, which failed: see above');

  // Short: the path of a socket has 107 characters at most.
  const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'katamari-run-')));
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = temporary;
  globalThis.katamariRun = { temporary, untracked: untrackedFiles() };

  // The CDK's own check of templates costs each suite seconds. test/bin/snapshot.test.ts and
  // test/bin/validation.test.ts switch it on.
  process.env.CDK_VALIDATION = 'false';
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
};
