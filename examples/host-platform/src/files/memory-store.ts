import { createHash, createHmac } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import {
  assertLinkTime,
  assertMediaType,
  assertObjectKey,
  assertTicketRequest,
  StorageError,
  type ByteRange,
  type ObjectBody,
  type ObjectFacts,
  type ObjectStorage,
  type ObjectStream,
  type PutOptions,
  type UploadTicket,
  type UploadTicketRequest,
} from 'gatecode';

interface Kept {
  readonly facts: ObjectFacts;
  readonly content: Buffer;
}

export interface MemoryOptions {
  readonly secretKey: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Shared by several of them, as a real store is. */
  readonly objects?: Map<string, Kept>;
}

const ORIGIN = 'https://memory.example.com';

/** A store of the shop's own, whole in one file: objects in memory, and what browsers do with them in `handle()`. */
export class MemoryStore implements ObjectStorage {
  readonly name = 'memory';
  readonly capabilities = {
    callback: false,
    contentSniffing: false,
    imageOps: false,
    createOnlyTickets: true,
    createOnlyPut: true,
    publicUrls: false,
  };
  private readonly objects: Map<string, Kept>;
  private readonly now: () => number;
  /** Not printed with the store. */
  readonly #secretKey: string;
  private isOpen = true;

  constructor({ secretKey, objects = new Map(), now = Date.now }: MemoryOptions) {
    this.#secretKey = secretKey;
    this.objects = objects;
    this.now = now;
  }

  async put(key: string, body: ObjectBody, options: PutOptions): Promise<ObjectFacts> {
    assertObjectKey(key);
    assertMediaType(options.contentType);
    this.assertOpen();
    const content = await read(body, options);
    return this.keep(key, content, options.contentType, options.createOnly);
  }

  async getStream(
    key: string,
    { range, signal }: { range?: ByteRange; signal?: AbortSignal } = {},
  ): Promise<ObjectStream> {
    assertObjectKey(key);
    this.assertOpen();
    if (signal?.aborted) throw new StorageError('aborted', 'given up');
    const kept = this.objects.get(key);
    if (!kept) throw new StorageError('not-found', 'no such object');
    const { facts, content } = kept;
    const within = range && resolve(range, facts.size);
    const part = within ? content.subarray(within.start, within.end + 1) : content;
    const stream = Readable.from(chunksOf(part), { objectMode: false });
    const onAbort = () => stream.destroy(new StorageError('aborted', 'given up'));
    signal?.addEventListener('abort', onAbort);
    stream.once('close', () => signal?.removeEventListener('abort', onAbort));
    return { stream, facts, ...(within && { range: within }) };
  }

  async stat(key: string): Promise<ObjectFacts | undefined> {
    assertObjectKey(key);
    this.assertOpen();
    return this.objects.get(key)?.facts;
  }

  async delete(key: string): Promise<void> {
    assertObjectKey(key);
    this.assertOpen();
    this.objects.delete(key);
  }

  async copy(from: string, to: string, { overwrite = false } = {}): Promise<void> {
    assertObjectKey(from);
    assertObjectKey(to);
    this.assertOpen();
    const kept = this.objects.get(from);
    if (!kept) throw new StorageError('not-found', 'no such object');
    if (!overwrite && this.objects.has(to)) throw new StorageError('exists', 'the key is taken');
    this.objects.set(to, { ...kept, facts: { ...kept.facts, key: to } });
  }

  publicUrl(key: string): string {
    assertObjectKey(key);
    return `${ORIGIN}/${key}`;
  }

  async signedUrl(
    key: string,
    { expiresIn, downloadName = '' }: { expiresIn: number; downloadName?: string },
  ): Promise<string> {
    assertLinkTime(expiresIn);
    const name = encodeURIComponent(Buffer.from(downloadName).toString());
    const ends = String(Math.floor(this.now() / 1_000) + expiresIn);
    const query = new URLSearchParams({ ends, name, sign: this.sign(key, ends, name) });
    return `${this.publicUrl(key)}?${query}`;
  }

  async createUploadTicket(request: UploadTicketRequest): Promise<UploadTicket> {
    assertTicketRequest(request);
    const ends = Math.floor(this.now() / 1_000) + request.expiresIn;
    const ticket = JSON.stringify({ ...request, ends });
    return {
      method: 'POST',
      url: `${ORIGIN}/`,
      fields: { key: request.key, ticket, sign: this.sign(ticket) },
      fileField: 'file',
      headers: {},
      expiresAt: new Date(ends * 1_000),
      maxBytes: request.maxBytes,
    };
  }

  origins(): readonly string[] {
    return [ORIGIN];
  }

  async close(): Promise<void> {
    this.isOpen = false;
  }

  /** What a browser is answered. */
  async handle(request: Request): Promise<Response> {
    if (request.method === 'GET') return this.download(request);
    if (request.method !== 'POST' || new URL(request.url).search) return new Response(null, { status: 405 });
    return new Response(null, { status: await this.upload(await request.formData()) });
  }

  private async upload(form: FormData): Promise<number> {
    const [key, ticket, sign, file] = ['key', 'ticket', 'sign', 'file'].map((name) => form.get(name));
    if (!(file instanceof Blob) || typeof ticket !== 'string' || sign !== this.sign(ticket)) return 403;
    const said = JSON.parse(ticket) as UploadTicketRequest & { readonly ends: number };
    if (key !== said.key || file.type.split(';')[0] !== said.contentType.split(';')[0]) return 403;
    if (this.now() >= said.ends * 1_000) return 410;
    if (file.size < said.minBytes || file.size > said.maxBytes) return 413;
    const content = Buffer.from(await file.arrayBuffer());
    if (this.objects.has(said.key)) return 409;
    this.keep(said.key, content, said.contentType, true);
    return 204;
  }

  private download(request: Request): Response {
    const { pathname, searchParams } = new URL(request.url);
    const [ends = '', name = '', sign] = ['ends', 'name', 'sign'].map((each) => searchParams.get(each) ?? '');
    const key = pathname.slice(1);
    if (sign !== this.sign(key, ends, name) || this.now() >= Number(ends) * 1_000)
      return new Response(null, { status: 403 });
    const kept = this.objects.get(key);
    if (!kept) return new Response(null, { status: 404 });
    const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get('range') ?? '') ?? [];
    const range =
      start && resolve({ start: Number(start), end: end ? Number(end) : undefined }, kept.facts.size);
    const content = range ? kept.content.subarray(range.start, range.end + 1) : kept.content;
    const headers = {
      'content-type': kept.facts.contentType,
      'content-length': String(content.length),
      ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${kept.facts.size}` }),
      ...(name && { 'content-disposition': `attachment; filename*=UTF-8''${name}` }),
    };
    return new Response(new Uint8Array(content), { status: range ? 206 : 200, headers });
  }

  private keep(key: string, content: Buffer, contentType: string, createOnly = false): ObjectFacts {
    if (createOnly && this.objects.has(key)) throw new StorageError('exists', 'the key is taken');
    const etag = createHash('sha256').update(content).digest('hex');
    const facts = { key, size: content.length, contentType, etag, lastModified: new Date(this.now()) };
    this.objects.set(key, { facts, content });
    return facts;
  }

  private sign(...said: string[]): string {
    return createHmac('sha256', this.#secretKey).update(said.join('\n')).digest('hex');
  }

  private assertOpen(): void {
    if (!this.isOpen) throw new StorageError('unavailable', 'the store is closed');
  }
}

/** Reads the whole of it, and never more than was said. */
async function read(body: ObjectBody, { size, signal, onProgress }: PutOptions): Promise<Buffer> {
  if (signal?.aborted) throw new StorageError('aborted', 'given up');
  const stream = sourceOf(body);
  if (stream.readableEnded || stream.destroyed)
    throw new StorageError('aborted', 'the stream was read before');
  const onAbort = () => stream.destroy(new Error('given up'));
  signal?.addEventListener('abort', onAbort);
  const chunks: Buffer[] = [];
  let taken = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(Buffer.from(chunk));
      taken += chunks[chunks.length - 1]!.length;
      if (size !== undefined && taken > size) break;
      onProgress?.(taken);
    }
  } catch (cause) {
    throw new StorageError('aborted', 'what was to be stored could not be read to its end', { cause });
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
  if (size !== undefined && taken !== size)
    throw new StorageError(taken > size ? 'too-large' : 'too-small', `${size} bytes were said`);
  return Buffer.concat(chunks);
}

function sourceOf(body: ObjectBody): Readable {
  if (body instanceof Readable) return body;
  return Buffer.isBuffer(body) ? Readable.from(chunksOf(body)) : createReadStream(body.path);
}

function* chunksOf(content: Buffer, bytes = 65_536): Generator<Buffer> {
  for (let at = 0; at < content.length; at += bytes) yield content.subarray(at, at + bytes);
}

/** @throws {StorageError} `range` when there is nothing within it */
function resolve({ start, end = Infinity }: ByteRange, size: number): Required<ByteRange> {
  const isSound = Number.isSafeInteger(start) && start >= 0 && end >= start;
  if (!isSound || start >= size) throw new StorageError('range', `not within ${size} bytes`);
  return { start, end: Math.min(end, size - 1) };
}
