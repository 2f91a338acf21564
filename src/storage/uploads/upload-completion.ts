import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { crashPoint } from '../../common/crash-points';
import { Problem } from '../../common/problem';
import { isStoreUnavailable } from '../../common/problem-stores';
import { ImageRefused, ImagesBusy } from '../images/image.error';
import { StorageError } from '../storage.error';
import { ObjectDeletions } from './object-deletions';
import { isSettled, type Upload } from './upload';
import { LeaseLost, UploadLease } from './upload-lease';
import { uploadOf } from './upload-row';
import { CLAIM, FIND, LEAVE } from './upload-statements';
import { UploadWork } from './upload-work';
import { UPLOAD_SETTINGS, type UploadSettings } from './uploads.options';

/** How often it is looked whether another instance is done. */
const LOOK_AGAIN_MS = 100;
/** Seconds after which the sweeper tries again, when a store or a decoder had no time. */
const AGAIN_SECONDS = 10;
const LAST_MOMENTS_MS = 3_000;

/**
 * The one way to settle an upload, whoever asks for it: its owner, the store by a callback, the sweeper. Any number may at
 * once; one does the work.
 */
@Injectable()
export class UploadCompletion implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Uploads');
  private readonly running = new Map<string, Promise<Upload | undefined>>();
  private readonly stopping = new AbortController();

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly work: UploadWork,
    private readonly deletions: ObjectDeletions,
    @Inject(UPLOAD_SETTINGS) private readonly settings: UploadSettings,
  ) {}

  /**
   * @returns the upload, settled; or still in work, when that takes longer than a request may; undefined for an unknown one
   * @throws {Problem} UPLOAD_MISSING, STORAGE_UNAVAILABLE, OVERLOADED
   */
  async complete(id: string): Promise<Upload | undefined> {
    const timer = new AbortController();
    const late = sleep(this.settings.answerWithinMs, 'late' as const, { signal: timer.signal, ref: false });
    try {
      const outcome = await Promise.race([this.settled(id), late]);
      return outcome === 'late' ? stillInWork(await this.find(id)) : outcome;
    } finally {
      timer.abort();
      late.catch(() => undefined);
    }
  }

  /** Without waiting for the outcome, which is logged when it is a failure. */
  completeSoon(id: string): void {
    this.begin(id).catch((error: unknown) => {
      if (isMissing(error)) return;
      this.logger.warn({ event: 'uploads.completion.put-off', uploadId: id, message: String(error) });
    });
  }

  async find(id: string): Promise<Upload | undefined> {
    const [row] = await FIND.run(this.dataSource, [id]);
    return row && uploadOf(row);
  }

  async beforeApplicationShutdown(): Promise<void> {
    const done = Promise.allSettled([...this.running.values()]);
    await Promise.race([done, sleep(LAST_MOMENTS_MS, undefined, { ref: false })]);
    this.stopping.abort(new StorageError('aborted', 'the application ends'));
    await Promise.race([done, sleep(LAST_MOMENTS_MS, undefined, { ref: false })]);
  }

  /** One that began earlier may have asked the store before the file was there. */
  private async settled(id: string): Promise<Upload | undefined> {
    const earlier = this.running.get(id);
    if (!earlier) return this.begin(id);
    try {
      return await earlier;
    } catch (error) {
      if (!isMissing(error)) throw error;
      return this.begin(id);
    }
  }

  private begin(id: string): Promise<Upload | undefined> {
    const running = this.running.get(id);
    if (running) return running;
    const begun = this.run(id).finally(() => this.running.delete(id));
    this.running.set(id, begun);
    // Who waited may have gone.
    begun.catch(() => undefined);
    return begun;
  }

  private async run(id: string): Promise<Upload | undefined> {
    const until = Date.now() + this.settings.completionMs;
    for (;;) {
      const [row] = await CLAIM.run(this.dataSource, [id, this.settings.leaseMs / 1_000]);
      if (row) {
        crashPoint('upload-claimed');
        const settled = await this.settle(uploadOf(row), row.is_over);
        if (settled !== 'lost') return settled;
      }
      const upload = await this.find(id);
      // In the hands of another instance, or of one that was killed: its lease will end.
      if (!upload || isSettled(upload) || Date.now() > until || this.stopping.signal.aborted) return upload;
      await sleep(LOOK_AGAIN_MS, undefined, { ref: false });
    }
  }

  private async settle(upload: Upload, isOver: boolean): Promise<Upload | 'lost'> {
    const lease = new UploadLease(this.dataSource, upload, this.settings, this.stopping.signal);
    try {
      // Should its store come back, what lies there is deleted.
      if (isOver && !this.work.hasStore(upload)) return await this.work.expire(upload);
      const settled = await this.work.do(upload, lease.signal);
      if (settled) return settled;
      if (isOver) return await this.work.expire(upload);
      await this.leave(upload, false, null);
      throw new Problem('UPLOAD_MISSING');
    } catch (error) {
      if (error instanceof LeaseLost || lease.isLost) return await this.lose(upload);
      if (error instanceof ImageRefused) return await this.refuse(upload, error);
      throw await this.putOff(upload, error);
    } finally {
      lease.end();
    }
  }

  private async refuse(upload: Upload, { fault }: ImageRefused): Promise<Upload | 'lost'> {
    try {
      return await this.work.reject(upload, fault);
    } catch (error) {
      if (error instanceof LeaseLost) return this.lose(upload);
      throw error;
    }
  }

  /** An upload that was forgotten or closed in the meantime must not leave anything behind. */
  private async lose(upload: Upload): Promise<'lost'> {
    const now = await this.find(upload.id);
    if (!now || now.state === 'expired' || now.state === 'rejected')
      await this.deletions.add(upload.store, this.work.keysOf(upload));
    return 'lost';
  }

  /** Gives the lease back, so that whoever comes next need not wait for its end. */
  private async putOff(upload: Upload, error: unknown): Promise<unknown> {
    if (error instanceof Problem) return error;
    const isBusy = error instanceof ImagesBusy;
    const isStore = error instanceof StorageError;
    // A fault of ours counts as well: a file that always meets it is looked at a few times only.
    const counts = isBusy ? error.isCostly : !isStore && !isStoreUnavailable(error);
    await this.leave(upload, counts, AGAIN_SECONDS).catch(() => undefined);
    if (!isBusy && !isStore) return error;
    const event = isBusy ? 'uploads.images.busy' : 'uploads.store.failed';
    const { message } = isBusy && error.cause instanceof Error ? error.cause : error;
    this.logger.warn({ event, uploadId: upload.id, message });
    const code = isBusy ? 'OVERLOADED' : 'STORAGE_UNAVAILABLE';
    return new Problem(code, {}, { cause: error });
  }

  private async leave(upload: Upload, counts: boolean, lookIn: number | null): Promise<void> {
    await LEAVE.run(this.dataSource, [upload.id, upload.lease, counts, lookIn]);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Problem && error.code === 'UPLOAD_MISSING';
}

/** Until now not even its store has answered. */
function stillInWork(upload: Upload | undefined): Upload | undefined {
  if (upload?.state === 'pending') throw new Problem('STORAGE_UNAVAILABLE');
  return upload;
}
