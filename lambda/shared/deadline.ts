/**
 * Runs work with a deadline.
 *
 * @param ms duration of the deadline, in milliseconds
 * @param what the work waits for, as in the message: `the run table`
 * @param work receives a signal that aborts at the deadline
 * @throws the error of the work, or `no answer from <what> within <ms> ms` if it is still running at the deadline
 */
export async function withDeadline<T>(ms: number, what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      controller.abort(new Error(`no answer from ${what} within ${Math.round(ms)} ms`));
      // Work that ends because of the signal may throw a more specific error.
      setImmediate(() => reject(controller.signal.reason));
    }, ms);
  });
  try {
    return await Promise.race([work(controller.signal), deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for work until the signal aborts. The SDK checks the signal when it sends a request, but not while it waits for a retry. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
