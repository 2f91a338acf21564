import type { Phone } from '../../common/phone';

const LONGEST_CODE = 64;

/**
 * The carrier's code as it may be kept: short, printable, and without anything that could be a phone number or a
 * verification code in a sentence.
 */
export function carrierCode(value: unknown, otherwise = 'NONE'): string {
  if (typeof value !== 'string' && typeof value !== 'number') return otherwise;
  const code = String(value)
    .normalize('NFKC')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .replace(/\d(?:[ .()-]*\d){5,}/g, '***')
    .trim();
  return code.slice(0, LONGEST_CODE) || otherwise;
}

/**
 * The handset in E.164. Vendors leave out the country code, write `00` for `+`, or name it in a field of its own.
 * @param countryCode as the report names it, e.g. `86`
 * @returns nothing when it is no number: the vendor's id must do then
 */
export function handset(number: unknown, countryCode: unknown = '86'): Phone | undefined {
  const text = digitsOf(number);
  const country = digitsOf(countryCode)?.replace(/^(\+|00)/, '');
  if (text === undefined || !country) return undefined;
  const international = /^(?:\+|00)(\d+)$/.exec(text)?.[1];
  const isWhole = country === '86' && /^861[3-9]\d{9}$/.test(text);
  const phone = `+${international ?? (isWhole ? text : country + text)}`;
  return /^\+[1-9]\d{6,14}$/.test(phone) ? (phone as Phone) : undefined;
}

function digitsOf(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value).trim();
  return /^\+?\d{1,20}$/.test(text) ? text : undefined;
}

const BEIJING_TIME = /^(\d{4})-?(\d{2})-?(\d{2})[ T]?(\d{2}):?(\d{2}):?(\d{2})$/;

/** `2015-10-17 08:03:04` and `20151017080304`: Beijing's local time, without a zone and without summer time. */
export function beijingTime(value: unknown): Date | undefined {
  const parts = typeof value === 'string' ? BEIJING_TIME.exec(value.trim()) : null;
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}+08:00`);
  return Number.isNaN(time.getTime()) || Number(year) < 2000 ? undefined : time;
}

const HEX_ID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i;

/** Our message id where a vendor echoes it, with or without its dashes. */
export function echoedId(value: unknown): string | undefined {
  const parts = typeof value === 'string' ? HEX_ID.exec(value.trim()) : null;
  return parts?.slice(1).join('-').toLowerCase();
}

/** How many segments were billed. */
export function segmentCount(value: unknown): number | undefined {
  const count = typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isInteger(count) && count > 0 && count < 1_000
    ? count
    : undefined;
}
