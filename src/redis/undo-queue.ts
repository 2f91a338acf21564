import { Problem } from '../common/problem';
import type { LuaScript } from './lua-script';

/** How often the store is asked again. */
const RETRY_MS = 250;
/** No code lives longer, and no cool-down is worth it. */
const WORTH_UNDOING_MS = 600_000;
/** More than a store can have left open before its connection was given up. */
const MOST = 10_000;

interface Waiting {
  readonly undo: () => Promise<unknown>;
  readonly until: number;
}

/**
 * A store that stopped answering may still carry out what it was sent, once it goes on. The caller was told that
 * nothing had happened; so it is undone as soon as the store answers again.
 */
export class UndoQueue {
  private readonly waiting: Waiting[] = [];
  private timer?: NodeJS.Timeout;

  /** @param undo rejects while the store does not answer; must do no harm when there is nothing to undo */
  add(undo: () => Promise<unknown>): void {
    if (this.waiting.length >= MOST) this.waiting.shift();
    this.waiting.push({ undo, until: Date.now() + WORTH_UNDOING_MS });
    this.schedule();
  }

  /** Runs a script; when nobody knows whether it ran, what it may have done is undone later. */
  async run(
    undo: () => Promise<unknown>,
    script: LuaScript,
    [keys, args]: Parameters<LuaScript['run']>,
  ): Promise<unknown> {
    try {
      return await script.run(keys, args);
    } catch (error) {
      if (error instanceof Problem && error.code === 'STORE_UNAVAILABLE' && mayHaveRun(error.cause))
        this.add(undo);
      throw error;
    }
  }

  private schedule(): void {
    if (this.waiting.length === 0) return;
    this.timer ??= setTimeout(() => void this.work(), RETRY_MS).unref();
  }

  private async work(): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        const [{ undo, until }] = this.waiting;
        if (Date.now() < until) await undo();
        this.waiting.shift();
      }
    } catch {
      // The store is still gone.
    }
    this.timer = undefined;
    this.schedule();
  }
}

/** A command that could not even be written has not run. */
function mayHaveRun(cause: unknown): boolean {
  return !(cause instanceof Error && /enableOfflineQueue|ECONNREFUSED/.test(cause.message));
}
