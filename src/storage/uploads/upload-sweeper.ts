import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Problem } from '../../common/problem';
import { Purge, PURGE_BATCH } from '../../database/purge';
import { ObjectDeletions } from './object-deletions';
import { UploadCompletion } from './upload-completion';
import { DUE, PURGE } from './upload-statements';
import { UPLOAD_SETTINGS, type UploadSettings } from './uploads.options';
import { UploadsService } from './uploads.service';

const BATCH = 10;
/** Seconds for which what one sweeper looks at is left alone by the others. */
const ALONE_SECONDS = 60;

/**
 * Looks after uploads that nobody asks for: completes what was uploaded without a word, has what never came or was never used
 * expire, deletes objects that have to go, and forgets old rows. Every instance has one; they leave each other's work alone.
 */
@Injectable()
export class UploadSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('UploadSweeper');
  private readonly rows: Purge;
  private timer?: NodeJS.Timeout;
  private sweeping?: Promise<void>;
  private isStopping = false;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly completion: UploadCompletion,
    private readonly deletions: ObjectDeletions,
    private readonly uploads: UploadsService,
    @Inject(UPLOAD_SETTINGS) private readonly settings: UploadSettings,
  ) {
    this.rows = new Purge('uploads', async () => {
      const values = [this.settings.retentionDays, PURGE_BATCH];
      return (await PURGE.run(this.dataSource, values)).length;
    });
  }

  onApplicationBootstrap(): void {
    if (this.settings.sweepEveryMs <= 0) return;
    this.timer = setInterval(() => void this.sweep(), this.settings.sweepEveryMs).unref();
    this.rows.start();
    this.deletions.tellLeftBehind().catch((error: unknown) => this.tellFailed(error));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    this.rows.stop();
    await this.sweeping;
  }

  /** Looks at everything that is due. One at a time. */
  sweep(): Promise<void> {
    this.sweeping ??= this.sweepAll().finally(() => (this.sweeping = undefined));
    return this.sweeping;
  }

  /** Forgets rows that are over for long. @returns how many */
  purge(): Promise<number> {
    return this.rows.run();
  }

  private async sweepAll(): Promise<void> {
    try {
      await this.deletions.work(() => !this.isStopping);
      while (!this.isStopping && (await this.lookAtUploads()) === BATCH);
    } catch (error) {
      this.tellFailed(error);
    }
  }

  private tellFailed(error: unknown): void {
    this.logger.warn({ event: 'uploads.sweep.failed', message: String(error) });
  }

  private async lookAtUploads(): Promise<number> {
    const due = await DUE.run(this.dataSource, [BATCH, ALONE_SECONDS]);
    // A store that says nothing keeps all of them waiting once, and not one after the other.
    await Promise.all(
      due.map(({ id, state }) => (state === 'ready' ? this.uploads.expireUnused(id) : this.complete(id))),
    );
    return due.length;
  }

  private async complete(id: string): Promise<void> {
    try {
      await this.completion.complete(id);
    } catch (error) {
      // Nothing was uploaded yet, or its store is gone, which was logged: it is looked at again.
      if (error instanceof Problem) return;
      this.logger.warn({ event: 'uploads.completion.failed', uploadId: id, message: String(error) });
    }
  }
}
