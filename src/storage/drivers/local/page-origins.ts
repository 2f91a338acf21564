/** What a page of another origin is allowed; undefined for one that is allowed nothing. */
export function corsHeaders(
  origins: readonly string[],
  origin: string | undefined,
): Readonly<Record<string, string>> | undefined {
  if (origin === undefined) return undefined;
  // No cookie and no header of the browser's own is looked at here: what is allowed stands in the ticket or the URL.
  if (origins.includes('*')) return { 'Access-Control-Allow-Origin': '*', ...EXPOSED };
  if (!origins.includes(origin)) return undefined;
  return { 'Access-Control-Allow-Origin': origin, ...EXPOSED };
}

const EXPOSED = {
  'Access-Control-Expose-Headers': 'ETag, Content-Range, Content-Disposition, Retry-After, X-Request-Id',
} as const;

/** What is answered to a page that asks before it sends. */
export const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST',
  'Access-Control-Allow-Headers': 'Accept-Language, Content-Type, Range, X-Request-Id',
  'Access-Control-Max-Age': '600',
} as const;
