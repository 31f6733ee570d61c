/**
 * Runs work that must end before a deadline.
 *
 * @param ms time that the work may take, in milliseconds
 * @param what the work waits for, as it stands in the message: `the run table`
 * @param work gets a signal that aborts at the deadline, so that it can stop what it has begun
 * @throws `no answer from <what> within <ms> ms` at the deadline, or what the work throws before it
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

/** Waits for work, or for the signal. The SDK checks the signal when it sends a request, not while it waits for a retry. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
