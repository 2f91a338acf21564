import { parsePhoneNumberFromString, type CountryCode, type NumberType } from 'libphonenumber-js/mobile';

/** A canonical phone number, E.164: `+` and up to 15 digits, e.g. `+8613800138000`. */
export type Phone = string & { readonly __brand: 'E.164' };

export type PhoneFault = 'PHONE_INVALID' | 'COUNTRY_NOT_ENABLED';

const MOBILE: ReadonlySet<NumberType> = new Set<NumberType>(['MOBILE', 'FIXED_LINE_OR_MOBILE']);
// What people and forms put between digits: every kind of space and dash, dots, brackets.
const SEPARATORS = /[\p{Zs}\t().\p{Pd}\u2212]/gu;

/**
 * Brings every spelling of a mobile number to E.164, so that it has one account, one cool-down and one quota.
 * @param spelling as typed: `13800138000`, `+86 138-0013-8000`, `008613800138000`, full-width digits
 * @param countries ISO 3166 codes that may be used; the first one is assumed for national spellings
 */
export function canonicalPhone(
  spelling: string,
  countries: readonly string[],
): { phone: Phone } | { fault: PhoneFault } {
  if (spelling.length > 40) return { fault: 'PHONE_INVALID' };
  const plain = spelling.normalize('NFKC').replace(SEPARATORS, '').replace(/^00/, '+');
  if (!/^\+?\d{5,16}$/.test(plain)) return { fault: 'PHONE_INVALID' };
  const home = countries[0] as CountryCode;
  const parsed = parsePhoneNumberFromString(plain, home);
  if (!parsed) return { fault: 'PHONE_INVALID' };
  if (!parsed.country) {
    // Satellite and shared ranges (+881, +882, …) belong to no country, so nobody can have enabled them.
    return { fault: plain.startsWith('+') && parsed.isPossible() ? 'COUNTRY_NOT_ENABLED' : 'PHONE_INVALID' };
  }
  if (!countries.includes(parsed.country)) return { fault: 'COUNTRY_NOT_ENABLED' };
  if (!parsed.isValid() || !MOBILE.has(parsed.getType())) return { fault: 'PHONE_INVALID' };
  return { phone: parsed.number as Phone };
}

/** Stands where a number was that is erased. Nobody's: no number begins with zeros. */
export const ERASED_PHONE = '+8600000000000' as Phone;

/** `+8613800138000` -> `138****8000`; other countries keep their code: `+852****5678`. For output and logs. */
export function maskPhone(phone: Phone): string {
  const tail = phone.slice(-4);
  return phone.startsWith('+86') ? `${phone.slice(3, 6)}****${tail}` : `${phone.slice(0, 4)}****${tail}`;
}

/** Mainland numbers: the first seven digits, which carriers hand out as one block (`1380013`). Elsewhere: all but four. */
export function numberSegment(phone: Phone): string {
  return phone.slice(0, -4);
}

/** The segment of a number, for output and logs: `+8613800138000` -> `1380013****`. */
export function maskSegment(phone: Phone): string {
  return `${numberSegment(phone).replace(/^\+86/, '')}****`;
}

/** ISO 3166 code of the country a number belongs to; `ZZ` when nobody knows. */
export function countryOf(phone: Phone): string {
  // Parsing costs; almost every number is one of these.
  if (phone.startsWith('+86')) return 'CN';
  return parsePhoneNumberFromString(phone)?.country ?? 'ZZ';
}
