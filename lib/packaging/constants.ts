/** Oldest version of Python that MiniStack, `katamari_runtime` and the options of pip that this library uses support. */
export const OLDEST_PYTHON = { major: 3, minor: 10 };
