import { createHash } from 'node:crypto';

import { parseStrictXml } from './strict-xml';
import type { VendorCall } from './vendor-simulator';

export interface RonglianAccount {
  readonly accountSid: string;
  readonly authToken: string;
}

const DAY_MS = 86_400_000;

/** @returns the vendor's code for what is wrong with path, signature, header or time; nothing when all is right */
export function checkRonglianAuth(
  call: VendorCall,
  account: RonglianAccount,
  now: number,
): string | undefined {
  const [, version, accounts, sid] = call.path.split('/');
  if (version !== '2013-12-26') return '111110';
  if (accounts !== 'Accounts' || !sid) return '111100';
  const header = call.headers.authorization;
  if (!header) return '111101';
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(header) || header.length % 4 !== 0) return '111102';
  const [headerSid, timestamp, ...rest] = atob(header).split(':');
  if (timestamp === undefined || rest.length > 0) return '111103';
  if (!headerSid) return '111104';
  if (!timestamp) return '111105';
  if (headerSid !== sid) return '111107';
  if (sid !== account.accountSid) return '111141';
  return checkTimestamp(timestamp, now) ?? checkSig(call.query.get('sig'), account, timestamp);
}

function checkTimestamp(timestamp: string, now: number): string | undefined {
  const parts = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(timestamp);
  if (!parts) return '111113';
  const [, year, month, day, hour, minute, second] = parts;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}+08:00`);
  if (Number.isNaN(time)) return '111113';
  return Math.abs(now - time) > DAY_MS ? '111106' : undefined;
}

function checkSig(
  sig: string | null,
  { accountSid, authToken }: RonglianAccount,
  timestamp: string,
): string | undefined {
  if (!sig) return '111108';
  const digest = createHash('md5').update(Buffer.from([accountSid, authToken, timestamp].join(''), 'utf8'));
  return sig === digest.digest('hex').toUpperCase() ? undefined : '111109';
}

export interface RonglianRequest {
  readonly format: 'json' | 'xml';
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Reads the body in the format that both headers name. @returns the vendor's code when that fails */
export function readRonglianRequest(call: VendorCall, root: string): RonglianRequest | string {
  const format = /^application\/(json|xml);charset=utf-8$/.exec(call.headers['content-type'] ?? '')?.[1];
  if (call.headers.accept !== `application/${format}`) return '112603';
  if (call.body === '') return '112604';
  try {
    return format === 'json'
      ? { format, fields: JSON.parse(call.body) as Record<string, unknown> }
      : { format: 'xml', fields: xmlFields(call.body, root) };
  } catch {
    return '160031';
  }
}

function xmlFields(body: string, root: string): Record<string, unknown> {
  const element = parseStrictXml(body);
  if (element.name !== root) throw new Error(`root element is ${element.name}`);
  const fields: Record<string, unknown> = {};
  for (const { name, text, children, attributes } of element.children) {
    fields[name] = name === 'datas' ? children.map((item) => item.text) : text;
    const { type, ...others } = attributes;
    if (Object.keys(others).length > 0 || (type !== undefined && name !== 'mediaName')) {
      throw new Error(`attributes of ${name}`);
    }
    // What is a field in JSON is an attribute here.
    if (type !== undefined) fields.mediaNameType = type;
  }
  if (element.children.some(({ name }) => name === 'mediaNameType')) throw new Error('an attribute in XML');
  return fields;
}
