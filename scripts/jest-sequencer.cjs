// Runs the slowest suites first, so that the workers end together.
const { relative, sep } = require('node:path');
const Sequencer = require('@jest/test-sequencer').default;
const seconds = require('./jest-durations.json');

/** A suite that is not listed takes a few seconds at most. */
const secondsOf = ({ path, context }) => seconds[relative(context.config.rootDir, path).split(sep).join('/')] ?? 0;

module.exports = class extends Sequencer {
  sort(tests) {
    return [...tests].sort((a, b) => secondsOf(b) - secondsOf(a) || (a.path < b.path ? -1 : 1));
  }
};
