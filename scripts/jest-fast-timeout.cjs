// Safety limit of the fast tier: its tests start no engine and install nothing, so that a longer test hangs.
jest.setTimeout(60_000);
