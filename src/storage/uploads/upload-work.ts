import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { crashPoint } from '../../common/crash-points';
import { Events } from '../../common/events';
import { BoundedQueue } from '../images/bounded-queue';
import { ImagesBusy } from '../images/image.error';
import { ImageVariants } from '../images/image-variants';
import { inspectHead } from '../images/inspect-image';
import type { ObjectFacts, ObjectStorage } from '../object-storage.interface';
import { StorageError } from '../storage.error';
import { StorageService } from '../storage.service';
import { ObjectDeletions } from './object-deletions';
import { disagreement, readHead, readWhole } from './raw-object';
import type { Upload } from './upload';
import './upload-events';
import { variantKey } from './upload-keys';
import { LeaseLost } from './upload-lease';
import { uploadOf } from './upload-row';
import { CLOSE, LATE_SECONDS, READY, SEEN } from './upload-statements';
import { UPLOAD_SETTINGS, type UploadPurpose, type UploadSettings } from './uploads.options';

/** After so many completions that were killed or took too long, a file is not looked at any more. */
const MOST_ATTEMPTS = 4;

/** Whole files that are in memory at once: one that is decoded, and some that come from a store meanwhile. */
const MOST_IN_MEMORY = 4;

const IMMUTABLE = 'max-age=31536000, immutable';

/**
 * The steps from a raw object to variants that can be used. Each can be repeated, so that whoever comes next after a kill
 * just does it all again: variants are overwritten by themselves, rows change only under the lease, and what has to go is
 * written down in the statement that makes it so.
 */
@Injectable()
export class UploadWork {
  private readonly inMemory: BoundedQueue;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly storage: StorageService,
    private readonly images: ImageVariants,
    private readonly deletions: ObjectDeletions,
    private readonly events: Events,
    @Inject(UPLOAD_SETTINGS) private readonly settings: UploadSettings,
  ) {
    const { imagesWaiting } = settings;
    this.inMemory = new BoundedQueue(MOST_IN_MEMORY, imagesWaiting, () => new ImagesBusy(false));
  }

  /**
   * @returns the upload as it is then; undefined when nothing was uploaded yet
   * @throws {ImageRefused} {StorageError} {ImagesBusy} {LeaseLost}
   */
  async do(upload: Upload, signal: AbortSignal): Promise<Upload | undefined> {
    if (upload.attempts > MOST_ATTEMPTS) return this.reject(upload, 'unreadable');
    if (!this.hasStore(upload)) throw new StorageError('misconfigured', `no store "${upload.store}" here`);
    const store = this.storage.store(upload.store);
    const facts = await store.stat(upload.rawKey);
    if (!facts) return undefined;
    const { id, lease } = upload;
    held(await SEEN.run(this.dataSource, [id, lease, facts.size, facts.etag]));
    crashPoint('upload-seen');
    const fault = disagreement(upload, facts);
    if (fault) return this.reject(upload, fault);
    return this.finish(upload, store, facts, signal);
  }

  /** Another instance may have it, or one that is configured otherwise did. */
  hasStore({ store }: Upload): boolean {
    return this.storage.has(store);
  }

  /** Its content is refused for good. */
  async reject(upload: Upload, reason: string): Promise<Upload> {
    const rejected = await this.close(upload, 'rejected', reason, 0);
    crashPoint('upload-rejected');
    const { id: uploadId, ownerId, purpose } = upload;
    this.events.emit('upload.rejected', { uploadId, ownerId, purpose, reason });
    await this.deletions.now(upload.store, this.keysOf(upload));
    return rejected;
  }

  /** Nothing came, and nothing can come any more but what is on its way. */
  async expire(upload: Upload): Promise<Upload> {
    const reason = 'not-uploaded';
    const expired = await this.close(upload, 'expired', reason, LATE_SECONDS);
    const { id: uploadId, ownerId, purpose } = upload;
    this.events.emit('upload.expired', { uploadId, ownerId, purpose, reason });
    return expired;
  }

  private async finish(
    upload: Upload,
    store: ObjectStorage,
    facts: ObjectFacts,
    signal: AbortSignal,
  ): Promise<Upload> {
    const { variants } = this.purposeOf(upload);
    inspectHead(await readHead(store, upload.rawKey, signal), upload.contentType);
    const made = await this.inMemory.run(async () => {
      assertTime(signal);
      const bytes = await readWhole(store, facts, signal);
      return this.images.make(bytes, upload.contentType, variants);
    });
    const cacheControl = `${this.isPublic(store) ? 'public' : 'private'}, ${IMMUTABLE}`;
    for (const variant of made) {
      assertTime(signal);
      const { contentType } = variant;
      await store.put(variantKey(upload, variant), variant.bytes, { contentType, cacheControl, signal });
    }
    crashPoint('upload-stored');
    const { id, lease } = upload;
    const [row] = held(await READY.run(this.dataSource, [id, lease, this.settings.unusedTtl]));
    crashPoint('upload-ready');
    const ready = uploadOf(row);
    this.tellReady(ready);
    await this.deletions.now(upload.store, [upload.rawKey]);
    return ready;
  }

  private async close(
    upload: Upload,
    state: 'rejected' | 'expired',
    reason: string,
    seconds: number,
  ): Promise<Upload> {
    const values = [upload.id, upload.lease, state, reason, this.keysOf(upload), seconds];
    const [row] = held(await CLOSE.run(this.dataSource, values));
    return uploadOf(row);
  }

  /** Everything that may lie in the store: an earlier completion may have got as far as some variants. */
  keysOf(upload: Upload): string[] {
    const rules = this.settings.purposes[upload.purpose]?.variants ?? [];
    return [upload.rawKey, ...rules.map((rule) => variantKey(upload, rule))];
  }

  private isPublic(store: ObjectStorage): boolean {
    return (this.settings.access ?? (store.capabilities.publicUrls ? 'public' : 'signed')) === 'public';
  }

  private purposeOf({ purpose }: Upload): UploadPurpose {
    const known = this.settings.purposes[purpose];
    if (!known) throw new Error(`There is no purpose "${purpose}" any more`);
    return known;
  }

  private tellReady({ id: uploadId, ownerId, purpose, contentType, size }: Upload): void {
    this.events.emit('upload.ready', { uploadId, ownerId, purpose, contentType, size: size ?? 0 });
  }
}

function assertTime(signal: AbortSignal): void {
  if (signal.aborted) throw new StorageError('aborted', 'the time is over, or the application ends');
}

/** What was changed under the lease; nothing when it is another's by now. */
function held<Row>(rows: Row[]): Row[] {
  if (rows.length === 0) throw new LeaseLost('at the last moment');
  return rows;
}
