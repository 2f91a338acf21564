import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ObjectStorage } from './object-storage.interface';
import { closeStores, type Stores, STORES } from './open-stores';
import { STORAGE_OPTIONS, type StorageModuleOptions } from './storage.options';

/** The stores of this application, by name. */
@Injectable()
export class StorageService implements OnApplicationShutdown {
  /** Name of the store that is used where no other is named. */
  readonly defaultName: string;

  constructor(
    @Inject(STORES) private readonly stores: Stores,
    @Inject(STORAGE_OPTIONS) options: StorageModuleOptions,
  ) {
    this.defaultName = defaultName(stores, options.default);
  }

  get names(): string[] {
    return [...this.stores.keys()];
  }

  has(name: string): boolean {
    return this.stores.has(name);
  }

  /** @throws for a name that no store has: names come from our own code or from rows that it wrote */
  store(name: string = this.defaultName): ObjectStorage {
    const store = this.stores.get(name);
    if (!store) throw new Error(`There is no store "${name}"; there are: ${this.names.join(', ')}`);
    return store;
  }

  onApplicationShutdown(): Promise<void> {
    return closeStores(this.stores);
  }
}

function defaultName(stores: Stores, wanted: string | undefined): string {
  const [first] = stores.keys();
  if (first === undefined) throw new Error('StorageModule needs one store at least');
  if (wanted === undefined && stores.size > 1)
    throw new Error('StorageModule has several stores: name the default one');
  const name = wanted ?? first;
  if (!stores.has(name)) throw new Error(`The default store "${name}" is not among the stores`);
  return name;
}
