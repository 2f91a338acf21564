import type { ObjectStorage } from './object-storage.interface';
import { StorageError, type StorageFault } from './storage.error';

/** What is told, by the name that it is told under: all that asks a store, and tickets, for which some stores are asked. */
const OPERATIONS = {
  put: 'put',
  getStream: 'get',
  stat: 'stat',
  delete: 'delete',
  copy: 'copy',
  createUploadTicket: 'ticket',
} as const satisfies Partial<Record<keyof ObjectStorage, string>>;

/** timeout: the caller waited no longer; internal: a fault in our own code. */
export type StoreCallFault = StorageFault | 'timeout' | 'internal';

/** One call of a store that has ended: what it answered is there, or it has failed. A stream may still be read. */
export interface StoreCall {
  /** Name that the application gives the store. */
  readonly store: string;
  readonly operation: (typeof OPERATIONS)[keyof typeof OPERATIONS];
  readonly durationMs: number;
  /** Absent when it went well; looking up what is not there does. */
  readonly fault?: StoreCallFault;
}

/** Must not throw, and holds the call up for as long as it takes. */
export type StoreCallListener = (call: StoreCall) => void;

type Method = (...args: unknown[]) => unknown;

/**
 * The same store, whose calls are told. It is the driver itself to whoever asks for more than the interface, `instanceof`
 * included; what a driver calls of itself is not told.
 */
export function tellCalls<Store extends ObjectStorage>(
  name: string,
  store: Store,
  listener: StoreCallListener,
): Store {
  return new Proxy(store, {
    get(target, member) {
      const value: unknown = Reflect.get(target, member, target);
      if (typeof value !== 'function' || member === 'constructor') return value;
      const method = (value as Method).bind(target);
      if (!isTold(member)) return method;
      return told(method, (durationMs, fault) =>
        listener({ store: name, operation: OPERATIONS[member], durationMs, ...(fault && { fault }) }),
      );
    },
  });
}

function told(method: Method, tell: (durationMs: number, fault?: StoreCallFault) => void) {
  return async (...args: unknown[]): Promise<unknown> => {
    const startedAt = performance.now();
    let answer: unknown;
    try {
      answer = await method(...args);
    } catch (error) {
      tell(performance.now() - startedAt, faultOf(error, args.at(-1)));
      throw error;
    }
    tell(performance.now() - startedAt);
    return answer;
  };
}

function isTold(member: string | symbol): member is keyof typeof OPERATIONS {
  return Object.hasOwn(OPERATIONS, member);
}

/** @param options of the call: its signal knows why it was given up */
function faultOf(error: unknown, options: unknown): StoreCallFault {
  if (!(error instanceof StorageError)) return 'internal';
  if (error.fault !== 'aborted') return error.fault;
  const { signal } = (options ?? {}) as { signal?: AbortSignal };
  const { name } = (signal?.reason ?? {}) as { name?: string };
  return name === 'TimeoutError' ? 'timeout' : 'aborted';
}
