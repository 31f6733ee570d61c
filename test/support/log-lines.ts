/** Captures the JSON lines that the code under test logs. The returned list is emptied before each test. */
export function useLogLines(): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  beforeEach(() => {
    lines.length = 0;
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      for (const line of String(text).split('\n')) if (line.startsWith('{')) lines.push(JSON.parse(line));
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  return lines;
}
