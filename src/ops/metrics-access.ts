import { createHash, timingSafeEqual } from 'node:crypto';

export interface ScrapeRules {
  readonly token?: string;
  readonly openToLoopback?: boolean;
}

export interface Scraper {
  /** The header `Authorization`, as it came. */
  readonly authorization?: string;
  readonly isLoopback: boolean;
}

/** `hidden`: nobody may learn that there is anything. */
export type ScrapeVerdict = 'granted' | 'anonymous' | 'refused' | 'hidden';

/** Who may read the metrics on the port of the API. */
export function judgeScrape({ token, openToLoopback }: ScrapeRules, scraper: Scraper): ScrapeVerdict {
  if (token === undefined) return openToLoopback && scraper.isLoopback ? 'granted' : 'hidden';
  if (scraper.authorization === undefined) return 'anonymous';
  const [, given] = /^Bearer +(\S+)$/i.exec(scraper.authorization) ?? [];
  return given !== undefined && isSame(given, token) ? 'granted' : 'refused';
}

/** In constant time; digests are of one length. */
function isSame(given: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
