import type { CallbackFacts, ObjectStorage, RawCallback } from '../../src/storage/object-storage.interface';
import { StorageError } from '../../src/storage/storage.error';

type Call = 'put' | 'getStream' | 'stat' | 'delete';

/** A store that works, until a test says otherwise. */
export class StoreWithFaults {
  /** What the application gets. */
  readonly served: ObjectStorage;
  /** Calls in order: `put avatar/…/512.webp`. */
  readonly calls: string[] = [];
  /** Asked before each call; may wait, or throw what the call fails with. */
  before?: (call: Call, key: string) => unknown;
  /** Asked after each call, before its answer is given. */
  after?: (call: Call, key: string, answer: unknown) => unknown;
  /** As for a store that tells of uploads: whether a callback is genuine, and what it says. */
  callback?: (callback: RawCallback) => CallbackFacts | undefined;

  constructor(private readonly store: ObjectStorage) {
    const watched = new Set<string>(['put', 'getStream', 'stat', 'delete']);
    this.served = new Proxy(store, {
      get: (target, name) => {
        if (name === 'capabilities') return { ...target.capabilities, callback: this.callback !== undefined };
        if (name === 'verifyCallback') return this.callback;
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        if (!watched.has(String(name))) return (member as () => unknown).bind(target);
        return async (key: string, ...rest: unknown[]) => {
          this.calls.push(`${String(name)} ${key}`);
          await unlessAborted(this.before?.(name as Call, key), rest);
          const answer = await (member as (...all: unknown[]) => unknown).call(target, key, ...rest);
          await this.after?.(name as Call, key, answer);
          return answer;
        };
      },
    });
  }

  readonly put: ObjectStorage['put'] = (...all) => this.store.put(...all);
  readonly stat: ObjectStorage['stat'] = (...all) => this.store.stat(...all);

  reset(): void {
    this.before = undefined;
    this.after = undefined;
    this.callback = undefined;
    this.calls.length = 0;
  }
}

/** As drivers do: who is given up has no answer to wait for. */
function unlessAborted(waiting: unknown, [, options]: unknown[]): Promise<unknown> {
  const { signal } = (options ?? {}) as { signal?: AbortSignal };
  if (!signal) return Promise.resolve(waiting);
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new StorageError('aborted', 'given up')), { once: true });
    Promise.resolve(waiting).then(resolve, reject);
  });
}
