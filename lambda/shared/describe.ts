const ERROR_TYPE_MAX = 200;
const ERROR_MESSAGE_MAX = 1_000;

/** What a record says of anything that was thrown; both cut to a length that a record can take. */
export function describe(error: unknown): { errorType: string; errorMessage: string } {
  const known = typeof error === 'object' && error !== null;
  const { name, message } = known ? (error as Partial<Error>) : { name: typeof error, message: String(error) };
  return {
    errorType: String(name ?? 'Error').slice(0, ERROR_TYPE_MAX),
    errorMessage: String(message ?? '').slice(0, ERROR_MESSAGE_MAX),
  };
}
