import type { LedgerEntry } from './vendor-simulator';

export type PushingVendor = 'tencent' | 'ronglian' | 'luosimao';
export type Fate = 'delivered' | 'undelivered';

export interface PushForm {
  /**
   * Default: what the vendor documents. Ronglian also writes `xml`, and either as `text`; Luosimao a `form`, a query
   * (`get`) or `json`.
   */
  readonly form?: 'json' | 'xml' | 'text' | 'form' | 'get';
  /** The carrier's code. Default `DELIVRD` or `UNDELIV`. */
  readonly code?: string;
  /** Whether Tencent's support has switched on the echo of SessionContext. Default false. */
  readonly echo?: boolean;
}

/** A push, ready to go over the wire. */
export interface WrittenPush {
  readonly method: 'GET' | 'POST';
  readonly query?: URLSearchParams;
  readonly contentType?: string;
  readonly body?: string;
}

type Write = (entries: readonly LedgerEntry[], fate: Fate, form: PushForm) => WrittenPush[];

/** Writes receipts as each vendor does: Tencent many at once, the others one by one. */
export const WRITERS: Readonly<Record<PushingVendor, Write>> = {
  tencent: (entries, fate, options) => [
    json(JSON.stringify(entries.map((entry) => tencentEntry(entry, fate, options)))),
  ],
  ronglian: (entries, fate, options) => entries.map((entry) => ronglianPush(entry, fate, options)),
  luosimao: (entries, fate, options) => entries.map((entry) => luosimaoPush(entry, fate, options)),
};

const codeOf = (fate: Fate, { code }: PushForm) => code ?? (fate === 'delivered' ? 'DELIVRD' : 'UNDELIV');
const mobileOf = ({ to }: LedgerEntry) => to.replace(/^\+86/, '');
const json = (body: string): WrittenPush => ({ method: 'POST', contentType: 'application/json', body });

function tencentEntry(entry: LedgerEntry, fate: Fate, options: PushForm): object {
  return {
    user_receive_time: beijing(new Date()).replace('T', ' '),
    nationcode: '86',
    mobile: mobileOf(entry),
    report_status: fate === 'delivered' ? 'SUCCESS' : 'FAIL',
    errmsg: codeOf(fate, options),
    description: fate === 'delivered' ? '用户短信送达成功' : '用户短信送达失败',
    sid: entry.providerMessageId,
    ...(options.echo && { ext: entry.clientMessageId }),
  };
}

function ronglianPush(entry: LedgerEntry, fate: Fate, options: PushForm): WrittenPush {
  if (entry.channel === 'voice')
    return { method: 'POST', contentType: 'text/plain', body: xml(callResult(entry, fate)) };
  const fields = messageReport(entry, fate, options);
  const { form = 'json' } = options;
  if (form === 'xml') return { method: 'POST', contentType: 'application/xml', body: xml(fields) };
  if (form === 'text') return { method: 'POST', contentType: 'text/plain', body: xml(fields) };
  return json(JSON.stringify({ Request: fields }));
}

function messageReport(entry: LedgerEntry, fate: Fate, options: PushForm): Record<string, string> {
  const now = beijing(new Date()).replace(/\D/g, '');
  return {
    action: 'SMSArrived',
    smsType: '1',
    apiVersion: '2013-12-26',
    content: entry.providerMessageId,
    fromNum: mobileOf(entry),
    dateSent: now,
    deliverCode: codeOf(fate, options),
    recvTime: now,
    status: fate === 'delivered' ? '0' : '1',
    ...(entry.clientMessageId && { reqId: entry.clientMessageId }),
    smsCount: '1',
  };
}

function callResult(entry: LedgerEntry, fate: Fate): Record<string, string> {
  return {
    action: 'VoiceCode',
    number: mobileOf(entry),
    callSid: entry.providerMessageId,
    state: fate === 'delivered' ? '0' : '1',
    duration: '30',
    ...(entry.clientMessageId && { userData: entry.clientMessageId }),
  };
}

function luosimaoPush(entry: LedgerEntry, fate: Fate, options: PushForm): WrittenPush {
  const fields = {
    batch_id: entry.providerMessageId,
    mobile: mobileOf(entry),
    status: codeOf(fate, options),
  };
  if (options.form === 'json') return json(JSON.stringify(fields));
  const query = new URLSearchParams(fields);
  if (options.form === 'get') return { method: 'GET', query };
  return { method: 'POST', contentType: 'application/x-www-form-urlencoded', body: query.toString() };
}

function xml(fields: Readonly<Record<string, string>>): string {
  const elements = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
  return `<?xml version="1.0" encoding="UTF-8"?><Request>${elements.join('')}</Request>`;
}

/** `2026-11-21T16:00:00`: local time in Beijing, wherever this runs. */
function beijing(time: Date): string {
  return new Date(time.getTime() + 8 * 3_600_000).toISOString().slice(0, 19);
}
