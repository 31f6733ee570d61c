// Holds the fast tier to its rule: whatever a suite imports, no engine starts and nothing is installed from an index.
jest.mock('../engine/python', () => ({
  ...jest.requireActual('../engine/python'),
  virtualEnvironment: async () => {
    throw new Error(
      'a suite of the fast tier must not start an engine or install packages; import MiniStack, deployForTest, virtualEnvironment or npmInstall by name, and scripts/jest-tiers.cjs puts it into the slow tier',
    );
  },
}));
process.env.PIP_NO_INDEX = '1';
process.env.UV_OFFLINE = '1';
process.env.npm_config_offline = 'true';
