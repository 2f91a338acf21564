/**
 * A user name starts with a letter and holds no `@`, so that it can't look like a number or an address; it is ASCII, so
 * that no other alphabet's letters can imitate it. Within ASCII the username profile of RFC 8265 comes down to this and
 * to lower case; docs/decisions.md says why no library does it.
 */
export const USERNAME = /^[A-Za-z][A-Za-z0-9_.-]{2,31}$/;

/** Names that would be taken for the house's own, or for a word of a path or a program. */
const RESERVED: ReadonlySet<string> = new Set(
  `account admin administrator anonymous api auth billing daemon everyone gatecode guest help login logout me moderator
   myself nobody noreply no-reply null official operator owner postmaster register root security service session sudo
   superuser support sysadmin system undefined unknown verify webmaster www`
    .split(/\s+/)
    .map(usernameSkeleton),
);

/** Digits that letters pass for, in more than one of the usual typefaces. */
const DIGIT_LIKE: Readonly<Record<string, string>> = { o: '0', i: '1', l: '1' };
/** As few as a number of any country has. */
const NUMBER_DIGITS = 7;

/** Why a name of the right form can't be had by anybody. */
export type UsernameFault = 'USERNAME_RESERVED' | 'USERNAME_LIKE_PHONE';

/**
 * @param username one of the form {@link USERNAME}
 * @returns undefined when it can be had, if it is free
 */
export function usernameFault(username: string): UsernameFault | undefined {
  if (RESERVED.has(usernameSkeleton(username))) return 'USERNAME_RESERVED';
  return looksLikeNumber(username) ? 'USERNAME_LIKE_PHONE' : undefined;
}

/** The form in which user names are found: case does not count. */
export function usernameKey(username: string): string {
  return username.toLowerCase();
}

/**
 * The form in which user names are unique: names that look alike have the same. After UTS #39, what of its confusables
 * is ASCII, and `vv` besides; letters are written out, since `vw` and `wv` look like `vvv`, both. The migration that made
 * the column did the same in SQL.
 * @returns twice as long as the name at the most
 */
export function usernameSkeleton(username: string): string {
  return usernameKey(username)
    .replaceAll('0', 'o')
    .replace(/[1i]/g, 'l')
    .replaceAll('m', 'rn')
    .replaceAll('w', 'vv');
}

/** A name as its columns hold it. Whatever writes a name writes all three. */
export interface UsernameColumns {
  readonly username: string | null;
  readonly usernameKey: string | null;
  readonly usernameSkeleton: string | null;
}

/** @param username one without a fault; null and undefined for none */
export function usernameColumns(username: string | null | undefined): UsernameColumns {
  if (username === null || username === undefined)
    return { username: null, usernameKey: null, usernameSkeleton: null };
  return {
    username,
    usernameKey: usernameKey(username),
    usernameSkeleton: usernameSkeleton(username),
  };
}

/** `l38OO138000`: nothing but digits, and letters that pass for some. */
function looksLikeNumber(username: string): boolean {
  const digits = usernameKey(username)
    .replace(/[_.-]/g, '')
    .replace(/[oil]/g, (letter) => DIGIT_LIKE[letter]);
  return digits.length >= NUMBER_DIGITS && /^\d+$/.test(digits);
}
