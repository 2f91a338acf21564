import { applyDecorators } from '@nestjs/common';
import { isSupportedCountry } from 'libphonenumber-js/mobile';
import { trustOf } from './common/client-address';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, Max, Min, ValidateBy, type ValidationOptions } from 'class-validator';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** A whole number of a range; says the range when it is not one. */
export function Whole(from: number, to: number): PropertyDecorator {
  const message = `must be a whole number from ${from} to ${to}`;
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value,
    ),
    IsInt({ message }),
    Min(from, { message }),
    Max(to, { message }),
  );
}

/** A property that checks with a sentence for whoever has to mend it. */
export function Check(name: string, valid: (value: string) => boolean, message: string): PropertyDecorator {
  const options: ValidationOptions = { message };
  const decorator = ValidateBy(
    { name, validator: { validate: (value) => typeof value === 'string' && valid(value) } },
    options,
  );
  return applyDecorators(IsOptional(), decorator);
}

/** `https://host[:port]`; plain http for loopback only, which is where simulators live. No path: the vendor's is appended. */
export function isOrigin(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
  return secure && url.pathname === '/' && !url.search && !url.hash && !url.username;
}

/** https, or plain http on this machine; a path may be there, a query and a user not. */
export function isAddress(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, search, hash, username } = new URL(value);
  const secure = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
  return secure && !search && !hash && !username;
}

/** As S3 and Qiniu let buckets be called. */
export function isBucket(value: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/.test(value);
}

/** As it stands in host names. */
export function isRegion(value: string): boolean {
  return value.length >= 2 && value.length <= 40 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(value);
}

/** Addresses with commas between them: https, or plain http on this machine; with a path, without a user. */
export function areWebhookUrls(value: string): boolean {
  return value.split(',').every((address) => {
    if (!URL.canParse(address)) return false;
    const { protocol, hostname, hash, username } = new URL(address);
    const secure = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
    return secure && !hash && !username;
  });
}

/** At least 32 characters; after `whsec_` they are base64, as in Standard Webhooks. */
export function isWebhookSecret(value: string): boolean {
  return /^(whsec_[A-Za-z0-9+/]{32,180}={0,2}|(?!whsec_)[\x21-\x7e]{32,200})$/.test(value);
}

/** Names, prefixes that end in `.*`, or `*`, with commas between them. */
export function areEventPatterns(value: string): boolean {
  return value.split(',').every((pattern) => /^(\*|[a-z][a-z0-9.-]*(\.\*)?)$/.test(pattern));
}

export function Origin(): PropertyDecorator {
  return Check(
    'origin',
    isOrigin,
    'must be an origin like https://host or https://host:8883, without a path; plain http only for 127.0.0.1 and localhost',
  );
}

/** `id:secret` with commas between them; a secret may hold colons. */
export function readOauthClients(value: string): { id: string; secret: string }[] {
  return value.split(',').map((pair) => {
    const colon = pair.indexOf(':');
    return { id: pair.slice(0, colon), secret: pair.slice(colon + 1) };
  });
}

/** Each id once; secrets of visible characters. */
export function areOauthClients(value: string): boolean {
  const form = /^[\w.-]{1,64}:[\x21-\x2b\x2d-\x7e]{8,200}(,[\w.-]{1,64}:[\x21-\x2b\x2d-\x7e]{8,200})*$/;
  if (value.length > 4_000 || !form.test(value)) return false;
  const ids = readOauthClients(value).map(({ id }) => id);
  return new Set(ids).size === ids.length;
}

/** A number of hops, or addresses and CIDRs with commas between them. */
export function isTrustedProxies(value: string): boolean {
  if (/^\d{1,2}$/.test(value)) return true;
  try {
    trustOf(value.split(','));
    return true;
  } catch {
    return false;
  }
}

/** ISO 3166 codes of countries that have telephone numbers, with commas between them. */
export function areCountries(value: string): boolean {
  return value.split(',').every((code) => isSupportedCountry(code));
}

/** Thirty-two bytes, base64. */
export function isSecretKey(value: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(value);
}
