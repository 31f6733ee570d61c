/**
 * Runs work with a deadline.
 *
 * @param ms duration of the deadline, in milliseconds
 * @param what the work waits for, as in the message: `the run table`
 * @param work receives a signal that aborts at the deadline
 * @throws `no answer from <what> within <ms> ms` at the deadline, or the error of the work before it
 */
export async function withDeadline<T>(ms: number, what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error(`no answer from ${what} within ${Math.round(ms)} ms`)), ms);
  try {
    return await unlessAborted(work(controller.signal), controller.signal);
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
