import { wholeName } from '../common/content-disposition';
import type { QiniuCredentials } from './qiniu-credentials';

export interface DownloadUrlOptions {
  /** The browser saves it under this name. */
  readonly downloadName?: string;
  /** What is done to an image on the way, e.g. `imageView2/1/w/128/h/128`. */
  readonly imageOps?: string;
}

/** Steps of expiry, longest first, in seconds. */
const STEPS = [3_600, 900, 300, 60];

/** @param origin scheme and host: the scheme is part of what is signed */
export function downloadUrl(origin: string, key: string, options: DownloadUrlOptions = {}): string {
  const path = key.split('/').map(encodeURIComponent).join('/');
  const query = [
    options.imageOps,
    options.downloadName === undefined
      ? undefined
      : `attname=${encodeURIComponent(headerSafe(options.downloadName))}`,
  ].filter((part) => part !== undefined);
  return `${origin}/${path}${query.length > 0 ? `?${query.join('&')}` : ''}`;
}

/**
 * Signs a finished URL.
 * @param url from {@link downloadUrl}
 * @param deadline Unix seconds
 */
export function signedDownloadUrl(credentials: QiniuCredentials, url: string, deadline: number): string {
  const dated = `${url}${url.includes('?') ? '&' : '?'}e=${deadline}`;
  return `${dated}&token=${credentials.sign(dated)}`;
}

/**
 * When a URL ends: rounded up, so that the same URL is given for a while and browsers can keep what is behind it. It
 * lives twice as long as was asked at the most.
 * @param now milliseconds
 * @param expiresIn seconds
 * @returns Unix seconds
 */
export function roundedDeadline(now: number, expiresIn: number): number {
  const step = STEPS.find((each) => each <= expiresIn) ?? 1;
  return Math.ceil((now / 1_000 + expiresIn) / step) * step;
}

/** Qiniu writes the name into a header: no line break, no quote. */
function headerSafe(name: string): string {
  return wholeName(name).replace(/[\p{Cc}"\\]/gu, '_');
}
