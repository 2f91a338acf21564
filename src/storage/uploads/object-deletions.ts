import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { StorageService } from '../storage.service';
import { DELETE_LATER, DELETED, DUE_DELETIONS, type DueDeletion, LEFT_BEHIND } from './deletion-statements';

const BATCH = 50;
/** Stores are asked that many times at once. */
const AT_ONCE = 5;

/** Objects that have to go: written down with what makes them superfluous, and deleted afterwards, however often it takes. */
@Injectable()
export class ObjectDeletions {
  private readonly logger = new Logger('ObjectDeletions');
  /** Stores that failed when they were last asked. */
  private readonly failing = new Set<string>();

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly storage: StorageService,
  ) {}

  /**
   * @param on the transaction that orphans them
   * @param again seconds for which something may still come in there: it is deleted after them once more
   */
  async add(
    store: string,
    keys: readonly string[],
    on: DataSource | EntityManager = this.dataSource,
    again = 0,
  ): Promise<void> {
    if (keys.length > 0) await DELETE_LATER.run(on, [store, keys, again]);
  }

  /** Of objects that are written down already. What can't be deleted now stays written down. */
  async now(store: string, keys: readonly string[]): Promise<void> {
    try {
      await Promise.all(keys.map((key) => this.storage.store(store).delete(key)));
      await DELETED.run(this.dataSource, [store, keys]);
    } catch (error) {
      this.logger.debug({ event: 'uploads.deletion.put-off', store, message: String(error) });
    }
  }

  /**
   * Deletes what is due. A store that fails is left alone for this time, so that the others need not wait for it.
   * @param goesOn asked before each batch
   */
  async work(goesOn: () => boolean): Promise<void> {
    const asked = new Set(this.storage.names);
    while (goesOn() && asked.size > 0) {
      const due = await DUE_DELETIONS.run(this.dataSource, [BATCH, [...asked]]);
      if (due.length === 0) return;
      for (let at = 0; at < due.length; at += AT_ONCE) {
        const some = due.slice(at, at + AT_ONCE).filter(({ store }) => asked.has(store));
        const failed = await Promise.all(some.map((each) => this.tryDelete(each)));
        for (const store of failed) if (store !== undefined) asked.delete(store);
      }
    }
  }

  /** Of stores that are not configured any more; should one of them come back, they are deleted then. */
  async tellLeftBehind(): Promise<void> {
    for (const { store, objects } of await LEFT_BEHIND.run(this.dataSource, [this.storage.names]))
      this.logger.warn({ event: 'uploads.deletions.left-behind', store, objects });
  }

  /** @returns the store, when it failed */
  private async tryDelete({ store, key, attempts }: DueDeletion): Promise<string | undefined> {
    try {
      await this.storage.store(store).delete(key);
      await DELETED.run(this.dataSource, [store, [key]]);
      if (this.failing.delete(store)) this.logger.log({ event: 'uploads.deletions.go-on', store });
      return undefined;
    } catch (error) {
      // Said once: a store may be gone for days, and thousands of objects wait for it.
      const level = this.failing.has(store) ? 'debug' : 'warn';
      this.failing.add(store);
      this.logger[level]({ event: 'uploads.deletion.failed', store, key, attempts, message: String(error) });
      return store;
    }
  }
}
