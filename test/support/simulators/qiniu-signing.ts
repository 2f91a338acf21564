import { createHash, createHmac } from 'node:crypto';

import { QiniuRefusal, type QiniuRequest } from './qiniu-exchange';

// Written from the rules, and not from the driver: both are held against the same vectors.

export interface QiniuKeys {
  readonly accessKey: string;
  readonly secretKey: string;
}

const FORM = 'application/x-www-form-urlencoded';
const SIGNED_BODIES = [FORM, 'application/json'];
const TOLERANCE_MS = 15 * 60_000;

export function toBase64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/\+/g, '-').replace(/\//g, '_');
}

/** @returns undefined unless it is URL-safe and padded, as Qiniu wants it */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text.replace(/-/g, '+').replace(/_/g, '/'), 'base64');
  return toBase64(bytes) === text ? bytes : undefined;
}

export function hmacSha1(secretKey: string, text: string | Buffer): string {
  return toBase64(createHmac('sha1', secretKey).update(text).digest());
}

/**
 * Qiniu's hash.
 * @param parts as they were uploaded; another size than 4 MiB gives another hash, as with the real one
 */
export function hashOf(parts: readonly Buffer[]): string {
  const sha1 = (bytes: Buffer): Buffer => createHash('sha1').update(bytes).digest();
  const digests = parts.length === 0 ? [sha1(Buffer.alloc(0))] : parts.map(sha1);
  if (digests.length === 1) return toBase64(Buffer.concat([Buffer.from([0x16]), digests[0]]));
  return toBase64(Buffer.concat([Buffer.from([0x96]), sha1(Buffer.concat(digests))]));
}

export function blocksOf(content: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = 0; at < content.length; at += 4_194_304) blocks.push(content.subarray(at, at + 4_194_304));
  return blocks;
}

/** `Authorization` of version 2. @param host as it is sent */
export function signQiniu(keys: QiniuKeys, request: QiniuRequest, host = request.headers.host ?? ''): string {
  const type = request.headers['content-type'] ?? FORM;
  let text = `${request.method} ${request.target}\nHost: ${host}\nContent-Type: ${type}\n`;
  for (const [name, value] of xQiniuHeaders(request.rawHeaders)) text += `${name}: ${value}\n`;
  const body = SIGNED_BODIES.includes(type) ? request.body : Buffer.alloc(0);
  const sign = hmacSha1(keys.secretKey, Buffer.concat([Buffer.from(`${text}\n`), body]));
  return `Qiniu ${keys.accessKey}:${sign}`;
}

/** `Authorization` of the older kind. */
export function signQBox(
  keys: QiniuKeys,
  { target, headers, body }: Pick<QiniuRequest, 'target' | 'headers' | 'body'>,
): string {
  const signed = headers['content-type'] === FORM ? body : Buffer.alloc(0);
  return `QBox ${keys.accessKey}:${hmacSha1(keys.secretKey, Buffer.concat([Buffer.from(`${target}\n`), signed]))}`;
}

/**
 * Checks a call of the management API.
 * @param doublesPort accept the host with its port twice, which is what the Node SDK signs
 */
export function checkManagement(
  keys: QiniuKeys,
  request: QiniuRequest,
  now: number,
  doublesPort: boolean,
): void {
  const given = request.headers.authorization ?? '';
  const { host = '' } = request.headers;
  const port = /:\d+$/.exec(host)?.[0] ?? '';
  const good = [signQiniu(keys, request), signQBox(keys, request)];
  if (doublesPort) good.push(signQiniu(keys, request, host + port));
  if (!good.includes(given)) throw new QiniuRefusal(401, 'bad token');
  const date = request.headers['x-qiniu-date'];
  if (date !== undefined && !(Math.abs(parseDate(String(date)) - now) <= TOLERANCE_MS)) {
    throw new QiniuRefusal(401, 'request time is too skewed');
  }
}

function parseDate(text: string): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function xQiniuHeaders(rawHeaders: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at].toLowerCase();
    if (!name.startsWith('x-qiniu-') || name.length === 'x-qiniu-'.length) continue;
    const words = name.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
    found.push([words.join('-'), rawHeaders[at + 1]]);
  }
  return found.sort(([a], [b]) => (a < b ? -1 : 1));
}
