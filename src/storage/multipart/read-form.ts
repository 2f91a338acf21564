import { Busboy, type BusboyFileStream, type BusboyHeaders } from '@fastify/busboy';
import type { IncomingMessage } from 'node:http';
import { finished, Readable, Transform } from 'node:stream';
import type { MemberCode } from '../../common/member-texts';
import { invalidMember, Problem } from '../../common/problem';
import { asProblem } from '../storage-problem';
import { PATIENT, readOff, SHORT } from './read-off';

/** What a form may hold. */
export interface FormRules {
  /** Names of its fields, all of which come before the file. */
  readonly fields: readonly string[];
  /** Those of them that there must be. Default: none. */
  readonly required?: readonly string[];
  readonly fileField: string;
  /** Who sends it is known before. Default false: until the file is trusted, little is read of a form that is refused. */
  readonly isTrusted?: boolean;
}

/** The file of a form, while it comes in. */
export interface FormFile {
  /** The fields that came before it. */
  readonly fields: ReadonlyMap<string, string>;
  /** Ends only once the whole form has come to its end, as it should: whoever keeps what ended keeps nothing of a broken form. */
  readonly stream: Readable;
  /** What the client says it is; `application/octet-stream` where it says nothing. */
  readonly contentType: string;
  /** Its sender is somebody: should it be refused, they are let finish, so that they can read why. */
  readonly trust: () => void;
}

/** What a form may have before its file and after it. Fields, boundaries and headers need less. */
const AROUND_FILE = 128 * 1024;
const LIMITS = { fieldNameSize: 100, fieldSize: 16 * 1024, headerPairs: 20, headerSize: 8 * 1024 } as const;
const FORM_TYPE = /^multipart\/form-data\s*;/i;
const UNKNOWN_TYPE = 'application/octet-stream';

/**
 * Reads a form of fields and one file, in that order; the file is streamed.
 * @param take keeps the file; when it rejects, nothing more is read. Its own failure is what is thrown
 * @throws {Problem} also what `storageProblem` says of a store that failed; once `take` has cleaned up, so that nothing is left
 *   when the client hears of it
 */
export function readForm<Kept>(
  request: IncomingMessage,
  rules: FormRules,
  take: (file: FormFile) => Promise<Kept>,
): Promise<Kept> {
  const { headers } = request;
  if (!FORM_TYPE.test(headers['content-type'] ?? '') || headers['content-encoding'] !== undefined)
    return refuse(request, new Problem('UNSUPPORTED_MEDIA_TYPE'), rules.isTrusted);
  return new FormReading(request, rules, take).kept;
}

class FormReading<Kept> {
  readonly kept: Promise<Kept>;
  private readonly fields = new Map<string, string>();
  private readonly busboy;
  private resolve: (kept: Kept) => void;
  private reject: (reason: unknown) => void;
  private file?: BusboyFileStream;
  /** What `take` reads. */
  private held?: Transform;
  private taking?: Promise<Kept>;
  private isOver = false;
  private isTrusted: boolean;
  /** Bytes since the form or what follows its file began. */
  private around = 0;
  private letEnd?: () => void;

  constructor(
    private readonly request: IncomingMessage,
    private readonly rules: FormRules,
    private readonly take: (file: FormFile) => Promise<Kept>,
  ) {
    this.kept = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    this.isTrusted = rules.isTrusted ?? false;
    this.busboy = this.parser();
    if (!this.busboy) return;
    finished(request, { writable: false }, (error) => error && this.fail(new Problem('MALFORMED_FORM')));
    request.pipe(this.busboy);
    request.on('data', this.countAround);
  }

  /** Where no file comes, nobody else would set it an end. */
  private readonly countAround = (chunk: Buffer): void => {
    if (this.file && !this.file.readableEnded) return void (this.around = 0);
    this.around += chunk.length;
    if (this.around > AROUND_FILE) this.fail(new Problem('MALFORMED_FORM'));
  };

  private parser() {
    const { request, rules } = this;
    try {
      return new Busboy({
        headers: request.headers as BusboyHeaders,
        limits: { ...LIMITS, fields: rules.fields.length + 1, files: 2, parts: rules.fields.length + 3 },
        isPartAFile: (name, _type, fileName) => name === rules.fileField || fileName !== undefined,
      })
        .on('field', (name, value, _, isCut) => this.onField(name, value, isCut))
        .on('file', (name, stream, _fileName, _encoding, type) => this.onFile(name, stream, type))
        .on('fieldsLimit', () => this.refuse('FILE_LAST'))
        .on('filesLimit', () => this.refuse('FILE_LAST'))
        .on('partsLimit', () => this.refuse('FILE_LAST'))
        .on('error', () => this.fail(new Problem('MALFORMED_FORM')))
        .on('finish', () => this.onEnd());
    } catch {
      // No boundary.
      this.fail(new Problem('MALFORMED_FORM'));
      return undefined;
    }
  }

  private onField(name: string, value: string, isCut: boolean): void {
    if (this.isOver) return;
    if (!this.rules.fields.includes(name)) return this.refuse('UNKNOWN_MEMBER', name);
    if (this.file) return this.refuse('FILE_LAST', name);
    if (this.fields.has(name)) return this.refuse('ARRAY_UNIQUE', name);
    if (isCut) return this.refuse('MAX_LENGTH', name, LIMITS.fieldSize);
    this.fields.set(name, value);
  }

  private onFile(name: string, stream: BusboyFileStream, type: string): void {
    // Busboy waits for every file to be read.
    stream.on('error', () => this.fail(new Problem('MALFORMED_FORM')));
    if (this.isOver) return void stream.resume();
    if (name !== this.rules.fileField || this.file) {
      stream.resume();
      return this.file ? this.refuse('FILE_LAST', name) : this.refuse('UNKNOWN_MEMBER', name);
    }
    const missing = this.rules.required?.find((field) => !this.fields.has(field));
    if (missing !== undefined) {
      stream.resume();
      return this.refuse('REQUIRED', missing);
    }
    this.file = stream;
    this.held = new Transform({
      transform: (chunk, _, done) => done(null, chunk),
      flush: (done) => void (this.letEnd = done),
    });
    stream.pipe(this.held);
    this.held.on('error', () => undefined);
    // Where nothing is said of its type, a part is a text (RFC 7578, 4.4); of a file that says nothing.
    const contentType = type === 'text/plain' ? UNKNOWN_TYPE : type;
    const trust = () => void (this.isTrusted = true);
    this.taking = this.takeFile({ fields: this.fields, stream: this.held, contentType, trust });
    // What was not read of it must not keep the form from its end.
    this.taking.then(
      () => this.held?.resume(),
      (error: unknown) => this.fail(error),
    );
  }

  private async takeFile(file: FormFile): Promise<Kept> {
    return this.take(file);
  }

  private onEnd(): void {
    if (this.isOver) return;
    if (!this.taking) return this.refuse('REQUIRED', this.rules.fileField);
    this.taking.then(this.resolve, () => undefined);
    this.endFile();
  }

  /** The last chunk may still be on its way to `flush`. */
  private endFile(): void {
    if (this.letEnd) return this.letEnd();
    if (!this.held?.destroyed) setImmediate(() => this.endFile());
  }

  private refuse(code: MemberCode, name?: string, ...values: number[]): void {
    const pointer = name === undefined ? '#' : `#/${encodeURIComponent(name.slice(0, 100))}`;
    this.fail(invalidMember(pointer, code, ...values));
  }

  private fail(error: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    this.request.off('data', this.countAround);
    if (this.busboy) this.request.unpipe(this.busboy);
    this.file?.resume();
    this.held?.destroy(new Error('The form broke off'));
    void this.end(error);
  }

  private async end(error: unknown): Promise<void> {
    await this.taking?.catch(() => undefined);
    await refuse(this.request, asProblem(error), this.isTrusted).catch(this.reject);
  }
}

/** Lets the client finish, so that it can read why. */
async function refuse(request: IncomingMessage, problem: unknown, isTrusted = false): Promise<never> {
  const isRead = await readOff(request, isTrusted ? PATIENT : SHORT);
  throw isRead || !(problem instanceof Problem) ? problem : closing(problem);
}

/** The rest of the form is still to come: nothing else can be read from this connection. */
function closing({ code, members, cause }: Problem): Problem {
  return new Problem(code, { ...members, headers: { ...members.headers, Connection: 'close' } }, { cause });
}
