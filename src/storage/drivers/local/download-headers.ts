import { attachment } from '../common/content-disposition';
import type { LocalFacts } from './local.driver';

/** What a browser may show. SVG is none of them: it can hold script. */
const SHOWN = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif']);

/** Keys are never used twice for different content. */
const FOR_EVER = 'public, max-age=31536000, immutable';

/** How long and by whom it may be kept. */
export interface Serving {
  /** Seconds for which the link still holds; undefined where anybody may read. */
  readonly secondsLeft?: number;
  readonly downloadName?: string;
}

/** Headers of an object, whatever it holds: nothing in it is run, and nothing is guessed. */
export function downloadHeaders(
  { key, contentType, etag, lastModified, cacheControl }: LocalFacts,
  { secondsLeft, downloadName }: Serving,
): Record<string, string> {
  const isShown = SHOWN.has(contentType) && downloadName === undefined;
  const name = downloadName ?? key.slice(key.lastIndexOf('/') + 1);
  return {
    'Content-Type': contentType,
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'Referrer-Policy': 'no-referrer',
    'Accept-Ranges': 'bytes',
    ETag: `"${etag}"`,
    'Last-Modified': lastModified.toUTCString(),
    'Cache-Control':
      secondsLeft === undefined ? (cacheControl ?? FOR_EVER) : `private, max-age=${Math.max(0, secondsLeft)}`,
    ...(!isShown && { 'Content-Disposition': attachment(name) }),
  };
}
