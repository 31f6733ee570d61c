/** Limits the requests of a client that are under way. Further requests wait in their order. */
export class Slots {
  private free: number;
  private readonly waiting = new Set<() => void>();

  public constructor(max: number) {
    this.free = max;
  }

  /** Takes a slot if one is free. */
  public take(): boolean {
    if (this.free === 0) return false;
    this.free -= 1;
    return true;
  }

  /** Waits for a slot, at most some milliseconds or until the signal aborts. @returns whether the slot was taken */
  public wait(ms: number, signal?: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (taken: boolean) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', leave);
        this.waiting.delete(enter);
        resolve(taken);
      };
      const enter = () => end(true);
      const leave = () => end(false);
      const timer = ms < Number.POSITIVE_INFINITY ? setTimeout(leave, ms) : undefined;
      signal?.addEventListener('abort', leave);
      this.waiting.add(enter);
    });
  }

  /** Returns a slot: the request that has waited longest takes it. */
  public release(): void {
    const [next] = this.waiting;
    if (next) next();
    else this.free += 1;
  }
}
