import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';

import { QiniuAccount, QINIU_ACCOUNT, type QiniuAccountOptions } from './qiniu-account';
import { QiniuCallbacks } from './qiniu-callbacks';
import { download } from './qiniu-downloads';
import {
  json,
  QiniuComplaint,
  QiniuRefusal,
  type QiniuAnswer,
  type QiniuOperation,
  type QiniuRequest,
} from './qiniu-exchange';
import { QiniuFaults, type QiniuFault } from './qiniu-faults';
import { readForm } from './qiniu-form';
import { QiniuManagement, whereIs } from './qiniu-management';
import type { StoredObject } from './qiniu-objects';
import { QiniuParts, readPartsPath } from './qiniu-parts';
import { checkToken } from './qiniu-policy';
import { close, firstBytes, listen, originOf, readBody, sleep, write } from './qiniu-server';
import { blocksOf, checkManagement, hashOf } from './qiniu-signing';
import { QiniuUploadEnds } from './qiniu-uploads';

/** One call, for assertions. */
export interface QiniuLogEntry {
  readonly operation: QiniuOperation;
  readonly method: string;
  readonly target: string;
  readonly headers: QiniuRequest['headers'];
  readonly bytes: number;
  /** 0: the connection was cut. */
  readonly status: number;
}

const MANAGEMENT = /^\/(stat|delete|copy|move|chgm|chstatus|deleteAfterDays)\//;
const TTL = 86_400;
const PREFLIGHT: QiniuAnswer = {
  status: 200,
  headers: {
    'access-control-allow-methods': 'OPTIONS, HEAD, POST, PUT, DELETE',
    'access-control-allow-headers': 'Authorization, Content-Type, Content-MD5',
  },
  body: '',
};

/**
 * Qiniu Kodo on loopback, stricter than the real one: uploads, objects, lists and regions at one address, the domains of
 * the buckets at another one each. Everything is in memory.
 */
export class QiniuSimulator {
  readonly log: QiniuLogEntry[] = [];
  /** What no client should ever send. A test that leaves any has failed. */
  readonly complaints: string[] = [];
  readonly callbacks: QiniuCallbacks;
  readonly parts: QiniuParts;
  /** Hosts that are named for uploads before this one. */
  otherHosts: readonly string[] = [];
  /** Accept what the Node SDK signs: the host with its port twice. */
  doublesPort = false;
  private readonly account: QiniuAccount;
  private readonly faults = new QiniuFaults();
  private readonly ends: QiniuUploadEnds;
  private readonly management: QiniuManagement;
  private readonly api = this.server();
  private readonly domains = new Map<string, Server>();

  private constructor(options: QiniuAccountOptions) {
    this.account = new QiniuAccount(options);
    this.callbacks = new QiniuCallbacks(this.account.keys);
    this.ends = new QiniuUploadEnds(this.account, this.callbacks);
    this.parts = new QiniuParts(this.account, this.ends);
    this.management = new QiniuManagement(this.account);
    for (const bucket of this.account.buckets.keys()) this.domains.set(bucket, this.server(bucket));
  }

  static async start(options: Partial<QiniuAccountOptions> = {}, port = 0): Promise<QiniuSimulator> {
    const simulator = new QiniuSimulator({ ...QINIU_ACCOUNT, ...options });
    await listen(simulator.api, port);
    let next = port;
    for (const server of simulator.domains.values()) await listen(server, port === 0 ? 0 : (next += 1));
    return simulator;
  }

  /** Origin of uploads, objects, lists and regions. */
  get url(): string {
    return originOf(this.api);
  }

  /** Origin that a bucket's objects are read from. */
  domain(bucket = 'avatars'): string {
    return originOf(this.domains.get(bucket) as Server);
  }

  object(key: string, bucket = 'avatars'): StoredObject | undefined {
    return this.account.bucket(bucket).objects.get(key);
  }

  keys(bucket = 'avatars'): string[] {
    return [...this.account.bucket(bucket).objects.keys()];
  }

  calls(operation: QiniuOperation): QiniuLogEntry[] {
    return this.log.filter((entry) => entry.operation === operation);
  }

  /** Plays a fault on the next call it is for. */
  fault(fault: QiniuFault): void {
    this.faults.add(fault);
  }

  /** Forgets everything but the account, for the next test. */
  reset(): void {
    for (const { objects } of this.account.buckets.values()) objects.clear();
    this.faults.clear();
    this.callbacks.reset();
    this.parts.clear();
    this.log.length = 0;
    this.complaints.length = 0;
    this.doublesPort = false;
    this.otherHosts = [];
  }

  async stop(): Promise<void> {
    await Promise.all([this.api, ...this.domains.values()].map(close));
  }

  private server(bucket?: string): Server {
    return createServer((request, response) => {
      // A client that went away while its body was read is none of our business.
      this.handle(request, response, bucket).catch(() => response.destroy());
    });
  }

  private async handle(incoming: IncomingMessage, response: ServerResponse, bucket?: string): Promise<void> {
    const target = incoming.url ?? '/';
    const operation = bucket === undefined ? operationOf(incoming.method ?? '', target) : 'download';
    const fault = this.faults.take(operation);
    const { method = '', headers, rawHeaders } = incoming;
    const note = (status: number, bytes = 0): void =>
      void this.log.push({ operation, method, target, headers, bytes, status });
    if (fault?.kind === 'cut' && fault.when !== 'after') {
      note(0);
      if (fault.when === 'amid') await firstBytes(incoming);
      incoming.socket.destroy();
      return;
    }
    const body = await readBody(incoming);
    const request = { method, target, headers, rawHeaders, body };
    const answer = await this.play(fault, operation, request, bucket);
    note(answer === undefined ? 0 : answer.status, body.length);
    if (answer === undefined) return fault?.kind === 'hang' ? undefined : void incoming.socket.destroy();
    if (fault?.kind === 'slow') await sleep(fault.ms, response);
    write(response, method, answer, fault?.kind === 'half');
  }

  /** @returns undefined for a call that gets no answer */
  private async play(
    fault: QiniuFault | undefined,
    operation: QiniuOperation,
    request: QiniuRequest,
    bucket: string | undefined,
  ): Promise<QiniuAnswer | undefined> {
    switch (fault?.kind) {
      case 'wrong-region':
        return json({ error: 'incorrect region, please use up-z1.qiniup.com' }, 400);
      case 'page':
        return { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>502 upstream</html>' };
      case 'hang':
        return undefined;
      case 'status':
        if (fault.done) await this.judge(operation, request, bucket);
        return json(fault.json ?? { error: fault.words ?? 'on demand' }, fault.status);
      case 'no-range':
        return this.judge(
          operation,
          { ...request, headers: { ...request.headers, range: undefined } },
          bucket,
        );
      case 'cut':
        await this.judge(operation, request, bucket);
        return undefined;
      case 'corrupt':
        this.ends.damagesNext = fault.stored === true;
        if (fault.stored) return this.judge(operation, request, bucket);
        return this.judge(operation, { ...request, body: corrupted(request.body) }, bucket);
      default:
        return this.judge(operation, request, bucket);
    }
  }

  private async judge(
    operation: QiniuOperation,
    request: QiniuRequest,
    bucket: string | undefined,
  ): Promise<QiniuAnswer> {
    try {
      return bucket === undefined
        ? await this.answer(operation, request)
        : download(this.account, bucket, request);
    } catch (error) {
      if (!(error instanceof QiniuRefusal)) {
        this.complaints.push(String(error));
        return json({ error: 'internal' }, 599);
      }
      if (error instanceof QiniuComplaint) this.complaints.push(error.message);
      return json({ error: error.message }, error.status);
    }
  }

  private async answer(operation: QiniuOperation, request: QiniuRequest): Promise<QiniuAnswer> {
    const [path, query = ''] = request.target.split('?');
    const parts = readPartsPath(path);
    if (parts) return this.parts.answer(request, parts);
    // Pages of any origin may upload.
    if (request.method === 'OPTIONS') return PREFLIGHT;
    if (operation === 'form') return this.takeForm(request);
    if (operation === 'query') {
      const host = request.headers.host ?? '';
      return whereIs(this.account, new URLSearchParams(query), host, this.otherHosts, TTL);
    }
    if (operation === 'unknown') throw new QiniuRefusal(404, 'not found');
    checkManagement(this.account.keys, request, this.account.now(), this.doublesPort);
    if (operation === 'list') return this.management.list(new URLSearchParams(query));
    if (operation !== 'batch') return this.management.operate(request.method, path);
    if (request.method !== 'POST') throw new QiniuRefusal(405, 'method not allowed');
    return this.management.batch(request.body);
  }

  private takeForm({ headers, body }: QiniuRequest): Promise<QiniuAnswer> {
    const { fields, file } = readForm(headers['content-type'], body);
    const token = fields.get('token');
    if (token === undefined) throw new QiniuRefusal(401, 'token not specified');
    const checked = checkToken(this.account.keys, token);
    const said = fields.get('crc32');
    if (said !== undefined && said !== String(crc32(file.content)))
      throw new QiniuRefusal(406, 'crc32 mismatch');
    const named = (mark: string): Record<string, string> =>
      Object.fromEntries([...fields].filter(([name]) => name.startsWith(mark)));
    return this.ends.end({
      token: checked,
      key: fields.get('key'),
      content: file.content,
      hash: hashOf(blocksOf(file.content)),
      fileName: file.name,
      clientType: file.type,
      meta: named('x-qn-meta-'),
      custom: named('x:'),
    });
  }
}

function operationOf(method: string, target: string): QiniuOperation {
  const [path] = target.split('?');
  const parts = readPartsPath(path);
  if (parts) {
    if (parts.uploadId === undefined) return 'init';
    if (parts.partNumber !== undefined) return 'part';
    return method === 'POST' ? 'complete' : method === 'DELETE' ? 'abort' : 'parts';
  }
  if (path === '/' && method === 'POST') return 'form';
  if (path === '/batch') return 'batch';
  if (path === '/list') return 'list';
  if (path === '/v4/query') return 'query';
  return (MANAGEMENT.exec(path)?.[1] as QiniuOperation | undefined) ?? 'unknown';
}

/** One bit of the content is another one: a form has its content in the middle. */
function corrupted(body: Buffer): Buffer {
  const other = Buffer.from(body);
  const middle = body.length >> 1;
  other.writeUInt8(other.readUInt8(middle) ^ 1, middle);
  return other;
}
