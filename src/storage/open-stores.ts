import type { ObjectStorage } from './object-storage.interface';
import type { StorageModuleOptions } from './storage.options';
import { tellCalls } from './store-calls';

/** Injection token for the stores of this application, opened, by name. */
export const STORES = Symbol.for('gatecode:STORES');

export type Stores = ReadonlyMap<string, ObjectStorage>;

/** Opens every store; when one can't be opened, those that were are closed, and the application does not start. */
export async function openStores({ stores, onCall }: StorageModuleOptions): Promise<Stores> {
  const opened = new Map<string, ObjectStorage>();
  try {
    for (const [name, source] of Object.entries(stores)) {
      const store = typeof source === 'function' ? await source() : source;
      opened.set(name, onCall ? tellCalls(name, store, onCall) : store);
    }
  } catch (error) {
    await closeStores(opened);
    throw error;
  }
  return opened;
}

/** One store that can't let go must not keep the others. */
export async function closeStores(stores: Stores): Promise<void> {
  await Promise.allSettled([...stores.values()].map(async (store) => store.close?.()));
}
