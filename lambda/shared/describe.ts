export const ERROR_TYPE_MAX = 200;
export const ERROR_MESSAGE_MAX = 1_000;

/** Type and message of anything that was thrown, shortened to fit into a run record. */
export function describe(error: unknown): { errorType: string; errorMessage: string } {
  const known = typeof error === 'object' && error !== null;
  const { name, message } = known ? (error as Partial<Error>) : { name: typeof error, message: String(error) };
  return {
    errorType: String(name ?? 'Error').slice(0, ERROR_TYPE_MAX),
    errorMessage: String(message ?? '').slice(0, ERROR_MESSAGE_MAX),
  };
}
