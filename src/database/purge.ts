import { Logger } from '@nestjs/common';

const EVERY_MS = 3_600_000;

/** Rows that one statement deletes: it holds its locks for a moment only, and all other work comes in between. */
export const PURGE_BATCH = 1_000;

/** Deletes what is old, hourly, batch by batch. Every instance does; batches leave alone what another has locked. */
export class Purge {
  private readonly logger: Logger;
  private timer?: NodeJS.Timeout;
  private isStopping = false;

  /**
   * @param name what is deleted, for the log: `auth.sessions`
   * @param deleteBatch deletes at most {@link PURGE_BATCH} rows, and says how many it were
   */
  constructor(
    private readonly name: string,
    private readonly deleteBatch: () => Promise<number>,
  ) {
    this.logger = new Logger(Purge.name);
  }

  start(): void {
    this.timer = setInterval(() => void this.run(), EVERY_MS).unref();
  }

  stop(): void {
    this.isStopping = true;
    clearInterval(this.timer);
  }

  /** @returns how many rows it deleted */
  async run(): Promise<number> {
    let deleted = 0;
    try {
      while (!this.isStopping) {
        const batch = await this.deleteBatch();
        deleted += batch;
        if (batch < PURGE_BATCH) break;
      }
    } catch (error) {
      this.logger.warn({ event: `${this.name}.purge.failed`, message: String(error) });
    }
    if (deleted > 0) this.logger.log({ event: `${this.name}.purged`, rows: deleted });
    return deleted;
  }
}
