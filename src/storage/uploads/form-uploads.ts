import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Events } from '../../common/events';
import { Problem } from '../../common/problem';
import { readUuid } from '../../common/uuid';
import { sniffImage } from '../images/image-header';
import { type FormFile, readForm } from '../multipart/read-form';
import { PATIENT, readOff } from '../multipart/read-off';
import { StorageService } from '../storage.service';
import { StorageError } from '../storage.error';
import { Spool } from './spool';
import type { Upload } from './upload';
import './upload-events';
import { type BegunUpload, UploadIntents } from './upload-intents';
import { ABANDON, RECEIVED } from './upload-statements';
import { UploadsService } from './uploads.service';
import { UPLOAD_SETTINGS, type UploadSettings } from './uploads.options';

const FORM = { fields: ['purpose', 'uploadId'], fileField: 'file', isTrusted: true } as const;
const DEFAULT_PURPOSE = 'avatar';
/** What a form has besides the file. */
const FORM_BYTES = 64 * 1024;
/** How often progress is written down, so that every instance can tell of it. */
const PROGRESS_EVERY_MS = 300;
const UNKNOWN_TYPE = 'application/octet-stream';
/** A store that takes a file more slowly than this is given up: a client waits for it. One second for each MiB. */
const SLOWEST_BYTES_PER_MS = (1024 * 1024) / 1_000;
/** How often it is looked for what killed processes have left, while files come in. */
const SWEEP_EVERY_MS = 10 * 60_000;

/** What there is of an upload by the time that it breaks off. */
interface Begun {
  upload?: BegunUpload;
  isNew?: boolean;
  progress?: Promise<unknown>;
}

/** Files that come through this service, for clients that can't reach the store. From there on like all others. */
@Injectable()
export class FormUploads implements OnApplicationBootstrap {
  private readonly logger = new Logger('Uploads');
  private readonly spool: Spool;
  private readonly largest: number;
  private sweptAt = Date.now();

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly storage: StorageService,
    private readonly intents: UploadIntents,
    private readonly uploads: UploadsService,
    private readonly events: Events,
    @Inject(UPLOAD_SETTINGS) private readonly settings: UploadSettings,
  ) {
    const { temporaryFolder, memoryBytes, purposes } = settings;
    this.spool = new Spool(temporaryFolder, memoryBytes);
    this.largest = Math.max(...Object.values(purposes).map(({ maxBytes }) => maxBytes));
  }

  onApplicationBootstrap(): Promise<void> {
    return this.sweep();
  }

  /** @throws {Problem} */
  async receive(request: IncomingMessage, ownerId: string): Promise<Upload> {
    if (Number(request.headers['content-length'] ?? 0) > this.largest + FORM_BYTES) {
      const isRead = await readOff(request, PATIENT);
      throw new Problem('UPLOAD_TOO_LARGE', isRead ? {} : { headers: { Connection: 'close' } });
    }
    if (Date.now() - this.sweptAt > SWEEP_EVERY_MS) void this.sweep();
    const begun: Begun = {};
    try {
      await readForm(request, FORM, (part) => this.take(part, ownerId, begun));
    } catch (error) {
      await this.giveUp(begun, error);
      throw error;
    }
    return this.uploads.complete(begun.upload!.id, ownerId);
  }

  private async sweep(): Promise<void> {
    this.sweptAt = Date.now();
    const removed = await this.spool.sweep();
    if (removed > 0) this.logger.log({ event: 'uploads.temporary-files.removed', files: removed });
  }

  private async take(
    { fields, stream, contentType }: FormFile,
    ownerId: string,
    begun: Begun,
  ): Promise<void> {
    const deadline = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const uploadId = fields.get('uploadId');
    begun.isNew = uploadId === undefined;
    const begin = async (head: Buffer) => {
      const type =
        contentType === UNKNOWN_TYPE ? (sniffImage(head) ?? UNKNOWN_TYPE) : contentType.toLowerCase();
      begun.upload =
        uploadId === undefined
          ? await this.begin(ownerId, fields.get('purpose') ?? DEFAULT_PURPOSE, type)
          : await this.own(uploadId, ownerId, type);
      return begun.upload.maxBytes;
    };
    const intake = {
      begin,
      onBytes: this.progressOf(begun),
      // Nobody knows how long a client takes. From then on it waits.
      onEnd: (size: number) => {
        const patience = this.settings.answerWithinMs + Math.ceil(size / SLOWEST_BYTES_PER_MS);
        // By that name it is told from a client that has gone: metrics count it against the store.
        const reason = new DOMException('the store took too long', 'TimeoutError');
        timer = setTimeout(() => deadline.abort(reason), patience);
      },
    };
    try {
      await this.spool.pass(stream, intake, (body) => this.store(begun.upload!, body, deadline.signal));
    } finally {
      clearTimeout(timer);
    }
  }

  private begin(ownerId: string, purpose: string, contentType: string): Promise<BegunUpload> {
    const { maxBytes } = this.intents.purpose(purpose);
    return this.intents.begin(ownerId, { purpose, contentType, maxBytes });
  }

  /** One that was begun before; so its owner can watch it come in. */
  private async own(uploadId: string, ownerId: string, contentType: string): Promise<BegunUpload> {
    const upload = await this.uploads.find(readUuid(uploadId) ?? notFound(), ownerId);
    const isPending = upload.state === 'pending';
    const isLate = isPending && upload.expiresAt.getTime() <= Date.now();
    if (isLate || upload.reason === 'not-uploaded') throw new Problem('UPLOAD_EXPIRED');
    if (!isPending) throw new Problem('UPLOAD_TICKET_USED');
    if (upload.contentType !== contentType) throw new Problem('UPLOAD_TYPE_REFUSED');
    return upload;
  }

  private async store(
    { store, rawKey, contentType }: BegunUpload,
    body: Buffer | Readable,
    signal: AbortSignal,
  ): Promise<void> {
    const size = Buffer.isBuffer(body) ? body.length : undefined;
    try {
      await this.storage.store(store).put(rawKey, body, { contentType, size, createOnly: true, signal });
    } catch (error) {
      // Somebody was faster, with the ticket: what lies there is judged like any other.
      if (error instanceof StorageError && error.fault === 'exists') return;
      if (error instanceof StorageError) throw new Problem('STORAGE_UNAVAILABLE', {}, { cause: error });
      throw error;
    }
  }

  private progressOf(begun: Begun): (received: number) => void {
    let writtenAt = 0;
    return (received) => {
      const now = Date.now();
      if (now - writtenAt < PROGRESS_EVERY_MS) return;
      writtenAt = now;
      // Whether it can be watched or not, it goes on.
      begun.progress = RECEIVED.run(this.dataSource, [begun.upload!.id, received]).catch(() => undefined);
    };
  }

  /** An upload that broke off must not count against its owner. One that was begun before can be tried again. */
  private async giveUp({ upload, isNew, progress }: Begun, error: unknown): Promise<void> {
    if (!upload) return;
    // What was written of it last must not come after this.
    await progress;
    const reason = error instanceof Problem ? error.code.toLowerCase().replaceAll('_', '-') : 'aborted';
    const work = isNew ? this.abandon(upload, reason) : RECEIVED.run(this.dataSource, [upload.id, 0]);
    await work.catch(() => undefined);
  }

  private async abandon({ id, ownerId, purpose }: BegunUpload, reason: string): Promise<void> {
    const abandoned = await ABANDON.run(this.dataSource, [id, reason]);
    if (abandoned.length > 0) this.events.emit('upload.expired', { uploadId: id, ownerId, purpose, reason });
  }
}

function notFound(): never {
  throw new Problem('NOT_FOUND');
}
