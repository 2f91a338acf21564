import { unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { systemClock } from '../../../common/clock';
import { assertLinkTime, assertTicketRequest } from '../../check-arguments';
import { assertObjectKey } from '../../object-key';
import type {
  GetOptions,
  LinkOptions,
  ObjectBody,
  ObjectFacts,
  ObjectStorage,
  ObjectStream,
  PutOptions,
  StorageCheck,
  UploadTicket,
  UploadTicketRequest,
} from '../../object-storage.interface';
import { StorageError } from '../../storage.error';
import { resolveRange } from './byte-range';
import { storageError } from '../common/fs-fault';
import { checkLocal } from './local-checkup';
import { LocalFolder } from './local-folder';
import { expiryOf, type LocalLink, openLink, signLink } from './local-link';
import type { LocalOptions } from './local.options';
import { type LocalTicket, openTicket, signTicket, type Signer, type TicketFault } from './local-ticket';
import { readTrailer, type Trailer } from './object-file';
import { ObjectReading } from './read-object';
import { placeObject } from './place-object';
import { SpentTickets } from './spent-tickets';
import { Turns } from './turns';

export type { LocalOptions } from './local.options';

const SWEEP_EVERY_MS = 10 * 60_000;

/** What the routes serve an object with, besides. */
export interface LocalFacts extends ObjectFacts {
  readonly cacheControl?: string;
}

/** A folder of this machine. Its uploads and downloads go through the routes that StorageModule mounts with `localRoutes`. */
export class LocalDriver implements ObjectStorage {
  readonly name = 'local';
  private readonly clock;
  private readonly spent: SpentTickets;
  private readonly turns = new Turns();
  private sweptAt: number;
  private known?: { readonly baseUrl: string; readonly realm: string };

  private constructor(
    private readonly options: LocalOptions,
    private readonly files: LocalFolder,
  ) {
    this.clock = options.clock ?? systemClock;
    this.spent = new SpentTickets(files.spent);
    this.sweptAt = this.clock.now();
  }

  /** @throws {StorageError} `denied`, `full`, `misconfigured`: the folder can't be used */
  static async open(options: LocalOptions): Promise<LocalDriver> {
    const now = (options.clock ?? systemClock).now();
    const store = new LocalDriver(options, await LocalFolder.open(options.folder, options.openFile));
    await store.spent.sweep(now);
    return store;
  }

  get capabilities() {
    const publicUrls = this.options.access === 'public';
    const createOnly = { createOnlyTickets: true, createOnlyPut: true };
    return { callback: false, contentSniffing: false, imageOps: false, ...createOnly, publicUrls };
  }

  async put(key: string, body: ObjectBody, options: PutOptions): Promise<ObjectFacts> {
    assertObjectKey(key);
    const { size, createOnly = false, contentType, cacheControl, ...rest } = options;
    const limits = { minBytes: size ?? 0, maxBytes: size ?? Infinity, ...rest };
    const placing = { contentType, cacheControl, createOnly, at: this.clock.now() };
    return factsOf(key, await placeObject(this.files, key, body, limits, placing));
  }

  async getStream(key: string, { range, signal }: GetOptions = {}): Promise<ObjectStream> {
    assertObjectKey(key);
    if (signal?.aborted) throw new StorageError('aborted', 'given up');
    const handle = await this.files.openObject(key);
    if (!handle) throw new StorageError('not-found', 'no such object');
    try {
      const facts = factsOf(key, await readTrailer(handle));
      const within = range && resolveRange(range, facts.size);
      if (range && !within) throw new StorageError('range', `not within ${facts.size} bytes`);
      if (facts.size === 0) {
        await handle.close();
        return { stream: Readable.from([]), facts };
      }
      const { start, end } = within ?? { start: 0, end: facts.size - 1 };
      return {
        stream: new ObjectReading(handle, { start, end }, signal),
        facts,
        ...(within && { range: within }),
      };
    } catch (error) {
      await handle.close();
      throw storageError(error, 'reading');
    }
  }

  async stat(key: string): Promise<ObjectFacts | undefined> {
    assertObjectKey(key);
    const handle = await this.files.openObject(key);
    if (!handle) return undefined;
    try {
      return factsOf(key, await readTrailer(handle));
    } catch (error) {
      throw storageError(error, 'reading');
    } finally {
      await handle.close();
    }
  }

  async delete(key: string): Promise<void> {
    assertObjectKey(key);
    await this.files.remove(key);
  }

  async copy(from: string, to: string, { overwrite = false }: { overwrite?: boolean } = {}): Promise<void> {
    assertObjectKey(to);
    if (!(await this.stat(from))) throw new StorageError('not-found', 'no such object');
    let temporary: string | undefined;
    try {
      temporary = await this.files.linkTemporary(from);
      await this.files.place(temporary, to, !overwrite);
    } catch (error) {
      throw storageError(error, 'copying');
    } finally {
      // A second name of what is there already is not moved by a rename.
      if (temporary !== undefined) await unlink(temporary).catch(() => undefined);
    }
  }

  publicUrl(key: string): string {
    assertObjectKey(key);
    return `${this.options.baseUrl}/${key}`;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a bad key rejects
  async signedUrl(key: string, { expiresIn, downloadName }: LinkOptions): Promise<string> {
    assertLinkTime(expiresIn);
    const expires = expiryOf(this.clock.now(), expiresIn);
    return `${this.publicUrl(key)}?${signLink(this.signer('storage-link'), { key, expires, downloadName })}`;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a bad request rejects
  async createUploadTicket(request: UploadTicketRequest): Promise<UploadTicket> {
    assertTicketRequest(request);
    const { key, maxBytes, contentType, expiresIn } = request;
    const expires = Math.floor(this.clock.now() / 1_000) + expiresIn;
    const ticket = signTicket(this.signer('storage-ticket'), { ...request, expires });
    return {
      method: 'POST',
      url: this.options.baseUrl,
      fields: { key, 'Content-Type': contentType, ticket },
      fileField: 'file',
      headers: {},
      expiresAt: new Date(expires * 1_000),
      maxBytes,
    };
  }

  origins(): string[] {
    return [new URL(this.options.baseUrl).origin];
  }

  checkup(): Promise<StorageCheck[]> {
    return checkLocal(this.files.objects);
  }

  /** For the routes: which pages of other origins may use them. */
  get pageOrigins(): readonly string[] {
    return this.options.origins ?? [];
  }

  /** For the routes: where they are said to be. */
  get baseUrl(): string {
    return this.options.baseUrl;
  }

  /** For the routes: what a ticket says, if it is one of ours. */
  readTicket(text: string): LocalTicket | TicketFault {
    return openTicket(this.signer('storage-ticket'), text, this.clock.now());
  }

  /** For the routes: whether a query lets its sender read this object. */
  readLink(key: string, query: URLSearchParams): LocalLink | 'none' | 'invalid' {
    return openLink(this.signer('storage-link'), key, query, this.clock.now());
  }

  now(): number {
    return this.clock.now();
  }

  /**
   * For the routes: an upload by ticket. One of several wins, and never overwrites.
   * @throws {StorageError} `exists` also for a ticket that was used
   */
  accept(ticket: LocalTicket, body: Readable): Promise<ObjectFacts> {
    this.sweepNowAndThen();
    return this.turns.take(ticket.id, () => this.store(ticket, body));
  }

  private async store(ticket: LocalTicket, body: Readable): Promise<ObjectFacts> {
    if ((await this.spent.has(ticket)) || (await this.stat(ticket.key)))
      throw new StorageError('exists', 'something was uploaded already');
    let spent = false;
    const before = async () => {
      if (this.clock.now() >= ticket.expires * 1_000)
        throw new StorageError('denied', 'the ticket has expired');
      await this.spent.spend(ticket);
      spent = true;
    };
    const { contentType, owner } = ticket;
    try {
      const placing = { contentType, owner, createOnly: true, at: this.clock.now(), before };
      return factsOf(ticket.key, await placeObject(this.files, ticket.key, body, ticket, placing));
    } catch (error) {
      const isTaken = error instanceof StorageError && error.fault === 'exists';
      if (spent && !isTaken) await this.spent.giveBack(ticket);
      throw error;
    }
  }

  private sweepNowAndThen(): void {
    const now = this.clock.now();
    if (now - this.sweptAt < SWEEP_EVERY_MS) return;
    this.sweptAt = now;
    // What can't be swept now is swept later; the upload goes on.
    void Promise.allSettled([this.files.sweep(), this.spent.sweep(now)]);
  }

  private signer(purpose: 'storage-ticket' | 'storage-link'): Signer {
    return { key: this.options.secrets.key(purpose), realm: this.realm() };
  }

  /** Where nobody configured it, the URL is another one once the service listens. */
  private realm(): string {
    const { baseUrl } = this.options;
    if (this.known?.baseUrl !== baseUrl) this.known = { baseUrl, realm: new URL(baseUrl).pathname };
    return this.known.realm;
  }
}

function factsOf(key: string, trailer: Trailer | undefined): LocalFacts {
  if (!trailer) throw new StorageError('unavailable', 'the file is damaged');
  const { at, size, contentType, etag, owner, cacheControl } = trailer;
  const kept = { ...(owner !== undefined && { owner }), ...(cacheControl !== undefined && { cacheControl }) };
  return { key, size, contentType, etag, lastModified: new Date(at), ...kept };
}
