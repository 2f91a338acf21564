import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { Events } from '../../common/events';
import { Problem } from '../../common/problem';
import { inTransaction } from '../../database/transaction';
import type { VariantRule } from '../images/image-variants';
import { StorageService } from '../storage.service';
import { ObjectDeletions } from './object-deletions';
import type { Upload, UploadPlace } from './upload';
import { UploadCompletion } from './upload-completion';
import './upload-events';
import { variantKey } from './upload-keys';
import { uploadOf } from './upload-row';
import { FIND, FORGET, RELEASE, UNUSED, USE } from './upload-statements';
import { UploadWork } from './upload-work';
import { UPLOAD_SETTINGS, type UploadSettings } from './uploads.options';

/** Where one picture that was made of an upload can be read. */
export interface VariantUrl {
  /** Pixels, of each side. */
  readonly side: number;
  readonly contentType: 'image/webp' | 'image/jpeg';
  readonly url: string;
}

/** For features that build on uploads. Owners are opaque here: whoever calls says whose an upload has to be. */
@Injectable()
export class UploadsService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly storage: StorageService,
    private readonly completion: UploadCompletion,
    private readonly work: UploadWork,
    private readonly deletions: ObjectDeletions,
    private readonly events: Events,
    @Inject(UPLOAD_SETTINGS) private readonly settings: UploadSettings,
  ) {}

  /** @throws {Problem} NOT_FOUND also for one of somebody else */
  async find(id: string, ownerId: string): Promise<Upload> {
    return own(await this.completion.find(id), ownerId);
  }

  /**
   * Judges what was uploaded, or says what came of it before.
   * @throws {Problem} NOT_FOUND, UPLOAD_MISSING, UPLOAD_USED, UPLOAD_EXPIRED, CONTENT_REJECTED, STORAGE_UNAVAILABLE, OVERLOADED
   */
  async complete(id: string, ownerId: string): Promise<Upload> {
    await this.find(id, ownerId);
    return accepted(own(await this.completion.complete(id), ownerId));
  }

  /**
   * Takes an upload into use: it lasts until it is released. Of several at once one succeeds.
   * @param manager of the transaction that notes where it is used
   * @throws {Problem} NOT_FOUND, UPLOAD_NOT_READY, UPLOAD_USED, UPLOAD_EXPIRED, CONTENT_REJECTED; STORAGE_UNAVAILABLE where its
   *   store is not configured
   */
  async use(id: string, ownerId: string, purpose: string, manager: EntityManager): Promise<Upload> {
    const [row] = await USE.run(manager, [id, ownerId, purpose]);
    if (row && !this.storage.has(row.store)) throw new Problem('STORAGE_UNAVAILABLE');
    if (row) return uploadOf(row);
    const [found] = await FIND.run(manager, [id]);
    const upload = own(found && uploadOf(found), ownerId);
    if (upload.purpose !== purpose) throw new Problem('NOT_FOUND');
    const { state } = accepted(upload);
    throw new Problem(state === 'used' ? 'UPLOAD_USED' : 'UPLOAD_NOT_READY');
  }

  /** Nobody uses it any more: its objects are deleted once the transaction is committed. Repeating it changes nothing. */
  async release(id: string, manager: EntityManager): Promise<void> {
    await this.letGo(await RELEASE.run(manager, [id]), manager);
  }

  /** Everything of an owner, for good. */
  async forget(ownerId: string, manager: EntityManager): Promise<void> {
    for (const row of await FORGET.run(manager, [ownerId])) {
      const upload = uploadOf(row);
      await this.deletions.add(upload.store, this.work.keysOf(upload), manager, row.late_seconds);
    }
  }

  /**
   * @param upload one that is ready or in use; asks no store
   * @returns none where its store or purpose is not configured any more
   */
  async urlsOf(upload: UploadPlace): Promise<VariantUrl[]> {
    return Promise.all(
      this.variantsOf(upload).map(async (rule) => {
        const url = await this.variantUrl(upload, rule);
        return { side: rule.side, contentType: `image/${rule.format}` as const, url };
      }),
    );
  }

  /**
   * *The* URL: of the first variant. Asks no store.
   * @returns undefined where its store or purpose is not configured any more
   */
  async urlOf(upload: UploadPlace): Promise<string | undefined> {
    const rule = this.variantsOf(upload).at(0);
    return rule && this.variantUrl(upload, rule);
  }

  /** For the sweeper: of one that is ready and that nobody used in time. */
  async expireUnused(id: string): Promise<void> {
    const rows = await inTransaction(this.dataSource, async (manager) => {
      const unused = await UNUSED.run(manager, [id]);
      await this.letGo(unused, manager);
      return unused;
    });
    for (const { owner_id: ownerId, purpose } of rows)
      this.events.emit('upload.expired', { uploadId: id, ownerId, purpose, reason: 'unused' });
  }

  private variantsOf({ purpose, store }: UploadPlace): readonly VariantRule[] {
    if (store !== undefined && !this.storage.has(store)) return [];
    return this.settings.purposes[purpose]?.variants ?? [];
  }

  private async variantUrl(upload: UploadPlace, rule: VariantRule): Promise<string> {
    const store = this.storage.store(upload.store);
    const { access, urlTtl } = this.settings;
    const isPublic = (access ?? (store.capabilities.publicUrls ? 'public' : 'signed')) === 'public';
    const key = variantKey(upload, rule);
    return isPublic ? store.publicUrl(key) : store.signedUrl(key, { expiresIn: urlTtl });
  }

  private async letGo(rows: Parameters<typeof uploadOf>[0][], manager: EntityManager): Promise<void> {
    for (const row of rows) {
      const upload = uploadOf(row);
      await this.deletions.add(upload.store, this.work.keysOf(upload), manager);
    }
  }
}

function own(upload: Upload | undefined, ownerId: string): Upload {
  if (upload?.ownerId !== ownerId) throw new Problem('NOT_FOUND');
  return upload;
}

function accepted(upload: Upload): Upload {
  if (upload.state === 'rejected') throw new Problem('CONTENT_REJECTED');
  if (upload.state !== 'expired') return upload;
  throw new Problem(upload.reason === 'released' ? 'UPLOAD_USED' : 'UPLOAD_EXPIRED');
}
