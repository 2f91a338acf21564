import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { Events } from '../../common/events';
import { invalidMember, Problem } from '../../common/problem';
import { GroupCommit, REQUEST_WAIT_MS } from '../../database/group-commit';
import { wholeSeconds } from '../../rate-limit/rate-limit-headers';
import type { UploadTicket } from '../object-storage.interface';
import { StorageService } from '../storage.service';
import './upload-events';
import { rawKey } from './upload-keys';
import { START } from './upload-statements';
import { UPLOAD_SETTINGS, type UploadPurpose, type UploadSettings } from './uploads.options';

/** What somebody wants to upload. */
export interface WantedUpload {
  readonly purpose: string;
  readonly contentType: string;
  /** Bytes; nothing larger will be taken. */
  readonly maxBytes: number;
}

/** An upload that was just begun. */
export interface BegunUpload extends WantedUpload {
  readonly id: string;
  readonly ownerId: string;
  readonly store: string;
  readonly rawKey: string;
}

/** Further than any row: no limit. */
const NO_LIMIT = 2_147_483_647;

/** What became of an upload that was to begin. */
type Start = Awaited<ReturnType<typeof START.run>>[number];

/** Begins uploads, within what a user may. */
@Injectable()
export class UploadIntents {
  /** Uploads that begin at the same time share one statement; what comes meanwhile shares the next one. */
  private readonly starts = new GroupCommit((uploads: BegunUpload[]) => this.insertAll(uploads), {
    parallel: 1,
    longestWaitMs: REQUEST_WAIT_MS,
  });

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly storage: StorageService,
    private readonly events: Events,
    @Inject(UPLOAD_SETTINGS) private readonly settings: UploadSettings,
  ) {}

  /** @throws {Problem} VALIDATION_FAILED */
  purpose(name: string): UploadPurpose {
    const { purposes } = this.settings;
    if (!Object.hasOwn(purposes, name))
      throw invalidMember('#/purpose', 'IS_IN', Object.keys(purposes).join(', '));
    return purposes[name];
  }

  /**
   * One statement, shared with others; no store is asked.
   * @throws {Problem} UPLOAD_TYPE_REFUSED, UPLOAD_TOO_LARGE, UPLOADS_OPEN_LIMIT, UPLOADS_DAILY_LIMIT
   */
  async begin(ownerId: string, wanted: WantedUpload): Promise<BegunUpload> {
    const rules = this.purpose(wanted.purpose);
    if (!rules.contentTypes.includes(wanted.contentType)) throw new Problem('UPLOAD_TYPE_REFUSED');
    if (wanted.maxBytes > rules.maxBytes) throw new Problem('UPLOAD_TOO_LARGE');
    const id = uuidv7();
    const key = rawKey({ id, purpose: wanted.purpose }, wanted.contentType);
    const begun = { ...wanted, id, ownerId, store: rules.store ?? this.storage.defaultName, rawKey: key };
    // Of some that begin at the same moment one gets on in each round.
    while (!(await this.insert(begun)));
    const { purpose, contentType } = wanted;
    this.events.emit('upload.begun', { uploadId: id, ownerId, purpose, contentType });
    return begun;
  }

  /** Leave to upload it straight to its store. Asks no store. */
  ticketFor({ id, ownerId, store, rawKey: key, contentType, maxBytes }: BegunUpload): Promise<UploadTicket> {
    return this.storage.store(store).createUploadTicket({
      key,
      minBytes: 1,
      maxBytes,
      contentType,
      expiresIn: this.settings.ticketTtl,
      uploadId: id,
      owner: ownerId,
    });
  }

  private async insert(upload: BegunUpload): Promise<boolean> {
    const { is_made, day_left, open_left } = await this.starts.add(upload);
    if (is_made) return true;
    // What lasts longer is told: who waits for the other one only would wait twice.
    const [day, open] = [day_left ?? 0, open_left ?? 0];
    if (day > 0 && day >= open)
      throw new Problem('UPLOADS_DAILY_LIMIT', { retryAfter: wholeSeconds(day * 1_000) });
    if (open > 0) throw new Problem('UPLOADS_OPEN_LIMIT', { retryAfter: wholeSeconds(open * 1_000) });
    return false;
  }

  private async insertAll(uploads: BegunUpload[]): Promise<Start[]> {
    const { quota, ticketTtl, lookAfter } = this.settings;
    const rows = await START.run(this.dataSource, [
      uploads.map(({ id }) => id),
      uploads.map(({ ownerId }) => ownerId),
      uploads.map(({ purpose }) => purpose),
      uploads.map(({ store }) => store),
      uploads.map(({ rawKey: key }) => key),
      uploads.map(({ contentType }) => contentType),
      uploads.map(({ maxBytes }) => maxBytes),
      ticketTtl,
      offsetOf(quota.open),
      offsetOf(quota.perDay),
      lookAfter,
    ]);
    const byId = new Map(rows.map((row) => [row.id, row]));
    return uploads.map(({ id }) => byId.get(id)!);
  }
}

/** The row that stands in the way of one more, counted from the newest. */
function offsetOf(limit: number): number {
  return limit > 0 ? limit - 1 : NO_LIMIT;
}
