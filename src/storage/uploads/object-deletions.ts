import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { StorageService } from '../storage.service';
import { DELETE_LATER, DELETED, DUE_DELETIONS, type DueDeletion } from './deletion-statements';

const BATCH = 50;
/** Stores are asked that many times at once. */
const AT_ONCE = 5;

/** Objects that have to go: written down with what makes them superfluous, and deleted afterwards, however often it takes. */
@Injectable()
export class ObjectDeletions {
  private readonly logger = new Logger('ObjectDeletions');

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
      for (const key of keys) await this.storage.store(store).delete(key);
      await DELETED.run(this.dataSource, [store, keys]);
    } catch (error) {
      this.logger.debug({ event: 'uploads.deletion.put-off', store, message: String(error) });
    }
  }

  /** @returns how many objects are gone, or undefined when there was nothing to do */
  async work(): Promise<number | undefined> {
    const due = await DUE_DELETIONS.run(this.dataSource, [BATCH]);
    if (due.length === 0) return undefined;
    let gone = 0;
    for (let at = 0; at < due.length; at += AT_ONCE) {
      const deleted = await Promise.all(due.slice(at, at + AT_ONCE).map((each) => this.tryDelete(each)));
      gone += deleted.filter(Boolean).length;
    }
    return gone;
  }

  private async tryDelete({ store, key, attempts }: DueDeletion): Promise<boolean> {
    try {
      await this.storage.store(store).delete(key);
      await DELETED.run(this.dataSource, [store, [key]]);
      return true;
    } catch (error) {
      this.logger.warn({
        event: 'uploads.deletion.failed',
        store,
        key,
        attempts,
        message: String(error),
      });
      return false;
    }
  }
}
