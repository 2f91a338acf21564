import { access, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError } from '../../storage.error';
import { codeOf, storageError } from '../common/fs-fault';
import type { LocalTicket } from './local-ticket';

/**
 * Marks of the tickets that were used, kept until they would have expired: an upload may be moved on to its final place
 * before that, and its key be free again.
 */
export class SpentTickets {
  constructor(private readonly folder: string) {}

  async has(ticket: LocalTicket): Promise<boolean> {
    return access(this.pathOf(ticket)).then(
      () => true,
      () => false,
    );
  }

  /**
   * One of many wins, on all machines that share the folder.
   * @throws {StorageError} `exists`
   */
  async spend(ticket: LocalTicket): Promise<void> {
    try {
      await (await open(this.pathOf(ticket), 'wx', 0o600)).close();
    } catch (error) {
      if (codeOf(error) === 'EEXIST') throw new StorageError('exists', 'the ticket was used');
      throw storageError(error, 'spending a ticket');
    }
  }

  /** The upload failed after all. */
  async giveBack(ticket: LocalTicket): Promise<void> {
    await unlink(this.pathOf(ticket)).catch(() => undefined);
  }

  /** @param now milliseconds since the Unix epoch */
  async sweep(now: number): Promise<void> {
    for (const name of await readdir(this.folder)) {
      if (Number(name.split('-')[0]) * 1_000 < now)
        await unlink(join(this.folder, name)).catch(() => undefined);
    }
  }

  private pathOf({ expires, id }: LocalTicket): string {
    return join(this.folder, `${expires}-${id}`);
  }
}
