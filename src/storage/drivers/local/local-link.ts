import { createHmac } from 'node:crypto';
import { isSame, type Signer } from './local-ticket';

/** Of a URL that lets whoever has it read one object for a while. */
export interface LocalLink {
  readonly key: string;
  /** Seconds since the Unix epoch. */
  readonly expires: number;
  readonly downloadName?: string;
}

const WHOLE = /^[1-9]\d{0,12}$/;
const PARAMETERS = ['exp', 'name', 'sig'] as const;

/**
 * When a link ends. Rounded up by a tenth of its time at most, so that the same one is made for a while, and can be cached.
 * @returns seconds since the Unix epoch
 */
export function expiryOf(now: number, expiresIn: number): number {
  const step = Math.max(1, Math.floor(expiresIn / 10));
  return Math.ceil((now / 1_000 + expiresIn) / step) * step;
}

/** @returns the query of the URL */
export function signLink(signer: Signer, link: LocalLink): string {
  const query = new URLSearchParams({ exp: String(link.expires) });
  if (link.downloadName !== undefined) query.set('name', link.downloadName);
  query.set('sig', signatureOf(signer, link));
  return query.toString();
}

/**
 * @param now milliseconds since the Unix epoch
 * @returns `none` for a query that has nothing of a link, `invalid` also for one whose time is over
 */
export function openLink(
  signer: Signer,
  key: string,
  query: URLSearchParams,
  now: number,
): LocalLink | 'none' | 'invalid' {
  const [expires, names, signatures] = PARAMETERS.map((name) => query.getAll(name));
  if (expires.length + names.length + signatures.length === 0) return 'none';
  if (expires.length !== 1 || signatures.length !== 1 || names.length > 1) return 'invalid';
  if (!WHOLE.test(expires[0])) return 'invalid';
  const link = { key, expires: Number(expires[0]), downloadName: names[0] };
  if (!isSame(signatures[0], signatureOf(signer, link))) return 'invalid';
  return now < link.expires * 1_000 ? link : 'invalid';
}

function signatureOf({ key: secret, realm }: Signer, { key, expires, downloadName = '' }: LocalLink): string {
  // The name is last: it may hold line breaks.
  const said = ['GET', realm, key, expires, downloadName].join('\n');
  return createHmac('sha256', secret).update(said).digest('base64url');
}
