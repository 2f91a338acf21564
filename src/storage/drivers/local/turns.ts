import { StorageError } from '../../storage.error';

/** Attempts of one ticket at a time: one that hangs must not keep the next from trying, and a thousand must not fill the disk. */
const AT_ONCE = 4;

/** Who is uploading with which ticket, in this process. */
export class Turns {
  private readonly running = new Map<string, number>();

  /** @throws {StorageError} `throttled` */
  async take<Result>(id: string, work: () => Promise<Result>): Promise<Result> {
    const others = this.running.get(id) ?? 0;
    if (others >= AT_ONCE)
      throw new StorageError('throttled', 'this ticket is being used many times at once');
    this.running.set(id, others + 1);
    try {
      return await work();
    } finally {
      const left = this.running.get(id)! - 1;
      if (left > 0) this.running.set(id, left);
      else this.running.delete(id);
    }
  }
}
