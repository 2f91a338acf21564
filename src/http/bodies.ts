import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { parse } from 'node:querystring';
import { Problem } from '../common/problem';
import { pathOf } from './path';
import { readBody } from './read-body';

const JSON_LIMIT = 64 * 1024;
/** Vendors send receipts by the thousand. */
const HOOK_LIMIT = 4 * 1024 * 1024;
const MAX_FIELDS = 1_000;

const JSON_TYPE = /^application\/([\w.-]+\+)?json\b/i;
const FORM_TYPE = /^application\/x-www-form-urlencoded\b/i;
const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]+)/i;
const BYTE_ORDER_MARK = 0xfeff;

/** A request whose body was read, if it was one that is read here. */
export interface ReadRequest extends IncomingMessage {
  body?: unknown;
  /** The body as it came: vendors sign the bytes. On hooks only. */
  rawBody?: Buffer;
}

/** How the body of one request is understood. */
interface Reading {
  readonly limit: number;
  readonly keepsBytes?: boolean;
  readonly parse: (bytes: Buffer) => unknown;
}

/**
 * Reads JSON everywhere; forms where OAuth prescribes them; and on the hooks whatever vendors send, with the bytes
 * kept on `request.rawBody`, because that is what they sign. Limits hold for what a compressed body unfolds to.
 * @returns a function that leaves `request.body`; it returns nothing for a request without a body that is read here
 */
export function bodyReader(prefix: string): (request: ReadRequest) => Promise<void> | undefined {
  const hooks = `/${prefix}/hooks/`;
  const oauth = `/${prefix}/oauth/`;
  return (request) => {
    const { headers } = request;
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined)
      return undefined;
    const path = pathOf(request);
    const type = headers['content-type'] ?? '';
    const reading = path.startsWith(hooks) ? hookReading(type) : apiReading(type, path.startsWith(oauth));
    return reading && read(request, reading);
  };
}

function apiReading(type: string, takesForms: boolean): Reading | undefined {
  if (JSON_TYPE.test(type)) return { limit: JSON_LIMIT, parse: jsonOf(type, true) };
  if (takesForms && FORM_TYPE.test(type)) return { limit: JSON_LIMIT, parse: formOf(type) };
  return undefined;
}

function hookReading(type: string): Reading {
  const hook = { limit: HOOK_LIMIT, keepsBytes: true };
  if (JSON_TYPE.test(type)) return { ...hook, parse: jsonOf(type, false) };
  if (FORM_TYPE.test(type)) return { ...hook, parse: formOf(type) };
  // Some vendors name no type, or a wrong one: who reads the push looks at its first byte.
  return { ...hook, parse: (bytes) => textOf(bytes) };
}

async function read(request: ReadRequest, { limit, keepsBytes, parse }: Reading): Promise<void> {
  const bytes = await readBody(request, limit);
  if (keepsBytes) request.rawBody = bytes;
  request.body = parse(bytes);
}

/** @param strict RFC 8259, 8.1: decoding would put replacement characters in the place of what is broken */
function jsonOf(type: string, strict: boolean) {
  const charset = charsetOf(type);
  if (charset !== undefined && charset !== 'utf-8') throw new Problem('UNSUPPORTED_MEDIA_TYPE');
  return (bytes: Buffer): unknown => {
    if (bytes.length === 0) return {};
    if (strict && !isUtf8(bytes)) throw new Problem('MALFORMED_BODY');
    try {
      // A body that is no object can be read, and is answered as a wrong value.
      return JSON.parse(textOf(bytes));
    } catch (cause) {
      throw new Problem('MALFORMED_BODY', {}, { cause });
    }
  };
}

function formOf(type: string) {
  const charset = charsetOf(type);
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'iso-8859-1')
    throw new Problem('UNSUPPORTED_MEDIA_TYPE');
  return (bytes: Buffer): unknown => {
    const text = charset === 'iso-8859-1' ? bytes.toString('latin1') : textOf(bytes);
    if (text.split('&', MAX_FIELDS + 1).length > MAX_FIELDS) throw new Problem('BODY_TOO_LARGE');
    return { ...parse(text, '&', '=', { maxKeys: MAX_FIELDS }) };
  };
}

function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}

function charsetOf(type: string): string | undefined {
  return CHARSET.exec(type)?.[1].toLowerCase();
}
