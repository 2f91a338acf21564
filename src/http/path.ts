import type { IncomingMessage } from 'node:http';

/** Proxies name the host, too (RFC 9112, 3.2.2). */
const ORIGIN = /^https?:\/\/[^/?#]*/i;

/** The path that a request asks for, as it came. */
export function pathOf({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  const end = url.indexOf('?');
  const target = end === -1 ? url : url.slice(0, end);
  return target.startsWith('/') ? target : target.replace(ORIGIN, '') || '/';
}

/** Whether every escape in a path stands for a character. */
export function isDecodable(path: string): boolean {
  if (!path.includes('%')) return true;
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
