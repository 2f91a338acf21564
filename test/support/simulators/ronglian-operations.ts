import type { SimulatedTemplates } from './simulated-templates';
import { templateOf } from './simulated-templates';
import type { LedgerEntry } from './vendor-simulator';

export type Fields = Readonly<Record<string, unknown>>;

/** What the checks look at. */
export interface RonglianApplication extends SimulatedTemplates {
  readonly appId: string;
  /** Numbers that get nothing. */
  readonly blacklist?: readonly string[];
}

/** A call that sends something. */
export interface RonglianOperation {
  /** Root element in XML, and node of the answer. */
  readonly root: string;
  readonly fields: ReadonlySet<string>;
  /** @returns the vendor's code for what is wrong */
  check(fields: Fields, application: RonglianApplication): string | undefined;
  messages(fields: Fields): Omit<LedgerEntry, 'receivedAt' | 'providerMessageId'>[];
}

const MOBILE = /^1[3-9]\d{9}$/;
const LANDLINE = /^0\d{9,11}(-\d{1,6})?$/;
const MOST_NUMBERS = 100;

export const RONGLIAN_OPERATIONS: Readonly<Record<string, RonglianOperation>> = {
  'SMS/TemplateSMS': {
    root: 'TemplateSMS',
    fields: new Set(['to', 'appId', 'templateId', 'datas', 'subAppend', 'reqId']),
    check: checkTemplateSms,
    messages: (fields) =>
      numbersOf(fields).map((to) => {
        const params = (fields.datas ?? []) as string[];
        const ids = { clientMessageId: fields.reqId as string, templateId: textOf(fields.templateId) };
        return { to, code: params[0] ?? '', channel: 'sms', params, ...ids };
      }),
  },
  'Calls/VoiceVerify': {
    root: 'VoiceVerify',
    fields: new Set(['to', 'appId', 'verifyCode', 'playTimes', 'displayNum', 'respUrl', 'lang', 'userData']),
    check: checkVoiceVerify,
    messages: (fields) => spoken(fields, textOf(fields.verifyCode), [textOf(fields.verifyCode)]),
  },
  'Calls/LandingCalls': {
    root: 'LandingCall',
    fields: new Set([
      ...['appId', 'to', 'mediaName', 'mediaNameType', 'mediaTxt', 'displayNum', 'playTimes', 'respUrl'],
      ...['userData', 'maxCallTime', 'txtSpeed', 'txtVolume', 'txtPitch', 'txtBgsound'],
      ...['speed', 'volume', 'pitch', 'bgsound'],
    ]),
    check: checkLandingCall,
    messages: (fields) => {
      const told = Object.entries(fields).filter(([name]) => name !== 'appId' && name !== 'to');
      return spoken(fields, '', told.map(([name, value]) => `${name}=${textOf(value)}`).sort());
    },
  },
};

function spoken(fields: Fields, code: string, params: string[]): ReturnType<RonglianOperation['messages']> {
  const clientMessageId = fields.userData as string | undefined;
  return [{ to: textOf(fields.to), code, channel: 'voice', params, clientMessageId }];
}

function checkTemplateSms(fields: Fields, application: RonglianApplication): string | undefined {
  const numbers = numbersOf(fields);
  if (numbers.some((number) => !MOBILE.test(number))) return '160042';
  if (numbers.length > MOST_NUMBERS) return '160048';
  if (new Set(numbers).size < numbers.length) return '160045';
  if (numbers.some((number) => application.blacklist?.includes(number))) return '160034';
  const { templateId, datas = [], subAppend } = fields;
  if (!templateId) return '112307';
  if (!/^\d+$/.test(textOf(templateId))) return '160057';
  const template = templateOf(templateId, application);
  if (!template) return '160032';
  if (!Array.isArray(datas) || datas.some((item) => typeof item !== 'string')) return '160052';
  if (datas.length !== template.params) return '160052';
  return subAppend !== undefined && !/^\d{1,4}$/.test(textOf(subAppend)) ? '160065' : undefined;
}

function checkVoiceVerify(fields: Fields): string | undefined {
  if (!MOBILE.test(textOf(fields.to))) return '160042';
  if (!/^[0-9A-Za-z]{4,8}$/.test(textOf(fields.verifyCode))) return '160052';
  return checkCall(fields);
}

function checkLandingCall(fields: Fields): string | undefined {
  const { mediaName, mediaNameType, mediaTxt, maxCallTime } = fields;
  const to = textOf(fields.to);
  if (!MOBILE.test(to) && !LANDLINE.test(to)) return '160042';
  // The vendor plays the file and drops the text; here it is a mistake that must be seen.
  if ((mediaName === undefined) === (mediaTxt === undefined)) return '112301';
  if (mediaName !== undefined && !/^[\w.-]+\.wav(;[\w.-]+\.wav)*$/.test(textOf(mediaName))) return '160031';
  if (mediaNameType !== undefined && (mediaName === undefined || !/^[01]$/.test(textOf(mediaNameType)))) {
    return '160031';
  }
  if (mediaTxt !== undefined && textOf(mediaTxt) === '') return '112301';
  if (maxCallTime !== undefined && !/^[1-9]\d*$/.test(textOf(maxCallTime))) return '160031';
  const voice = Object.entries(fields).filter(([name]) => /speed|volume|pitch|bgsound/i.test(name));
  if (voice.length > 0 && mediaTxt === undefined) return '160031';
  const isSpeed = ([name, value]: [string, unknown]) =>
    !/speed/i.test(name) || (/^-?\d{1,2}$/.test(textOf(value)) && Math.abs(Number(value)) <= 50);
  return voice.every(isSpeed) ? checkCall(fields) : '160031';
}

function checkCall({ to, playTimes, displayNum, respUrl }: Fields): string | undefined {
  if (playTimes !== undefined && !/^[1-3]$/.test(textOf(playTimes))) return '160031';
  if (displayNum !== undefined && (!/^\d{5,15}$/.test(textOf(displayNum)) || displayNum === to))
    return '160031';
  return respUrl !== undefined && !/^https?:\/\/\S+$/.test(textOf(respUrl)) ? '160031' : undefined;
}

function numbersOf(fields: Fields): string[] {
  return textOf(fields.to).split(',');
}

/** An object where a text belongs is as wrong as an empty text; so is a number, since all scalars go as texts. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
