import { StorageError } from '../../storage.error';

/** The total time of a call and the caller's wish to give up, as one signal. `end()` has to follow. */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  /** @param ms until everything has to be over */
  constructor(
    ms: number,
    private readonly parent?: AbortSignal,
  ) {
    const late = new StorageError('unavailable', `not finished within ${ms} ms`);
    this.timer = setTimeout(() => this.controller.abort(late), ms);
    if (parent?.aborted) this.onParentAbort();
    else parent?.addEventListener('abort', this.onParentAbort);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Why everything ends; undefined while it goes on. */
  get fault(): StorageError | undefined {
    return this.signal.aborted ? (this.signal.reason as StorageError) : undefined;
  }

  end(): void {
    clearTimeout(this.timer);
    this.parent?.removeEventListener('abort', this.onParentAbort);
  }

  /** Waits no longer than the deadline for what does not know of it. */
  async race<Result>(promise: Promise<Result>): Promise<Result> {
    // Whoever has no time left leaves it alone, and it may fail with nobody there.
    promise.catch(() => undefined);
    let stop = (): void => {};
    const over = new Promise<never>((_, reject) => {
      stop = () => reject(this.signal.reason as Error);
      this.signal.addEventListener('abort', stop);
    });
    if (this.fault) throw this.fault;
    try {
      return await Promise.race([promise, over]);
    } finally {
      this.signal.removeEventListener('abort', stop);
    }
  }

  private readonly onParentAbort = (): void => {
    const reason: unknown = this.parent?.reason;
    // A deadline around this one says by itself what it is.
    this.controller.abort(
      reason instanceof StorageError ? reason : new StorageError('aborted', 'given up by the caller'),
    );
  };
}
