import type { ObjectStorage } from './object-storage.interface';
import type { StoreCallListener } from './store-calls';

/** Injection token for the {@link StorageModuleOptions}. */
export const STORAGE_OPTIONS = Symbol.for('gatecode:STORAGE_OPTIONS');

/** A store, or what opens it when the application starts. */
export type StoreSource = ObjectStorage | (() => ObjectStorage | Promise<ObjectStorage>);

/** What StorageModule needs to know. It reads no environment. */
export interface StorageModuleOptions {
  /** Stores by the names that this application gives them: `avatars`, `archive`. */
  readonly stores: Readonly<Record<string, StoreSource>>;
  /** Which of them is used where no other is named. Default: the only one. */
  readonly default?: string;
  /** Told of every call of every store, to measure it. */
  readonly onCall?: StoreCallListener;
}
