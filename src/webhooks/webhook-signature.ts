import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What a secret in the notation of the standard begins with; the rest is base64 of the key. */
const BASE64_SECRET = 'whsec_';
const TOLERANCE_S = 300;

/**
 * Signs as Standard Webhooks does, so that its libraries can verify.
 * Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @param timestamp Unix seconds, of this attempt
 * @param body exactly as it is sent
 * @returns value of `Webhook-Signature`
 */
export function signWebhook(id: string, timestamp: number, body: string | Buffer, secret: string): string {
  const hmac = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.`).update(body);
  return `v1,${hmac.digest('base64')}`;
}

export interface VerifyWebhookOptions {
  /** How far the sender's clock may be from ours; an older request may be a replay. @default 300 */
  readonly toleranceSeconds?: number;
  /** Milliseconds since the Unix epoch. Default: now. */
  readonly now?: number;
}

/**
 * Whether a request is a webhook of ours, unchanged and fresh. Who has seen its id already has handled it.
 * @param headers of the request: `webhook-id`, `webhook-timestamp`, `webhook-signature`
 * @param body exactly as it came, before any parsing
 */
export function verifyWebhook(
  headers: IncomingHttpHeaders | Headers,
  body: string | Buffer,
  secret: string,
  { toleranceSeconds = TOLERANCE_S, now = Date.now() }: VerifyWebhookOptions = {},
): boolean {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    valueOf(headers, name),
  );
  if (!id || !signatures || !timestamp || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now / 1_000 - Number(timestamp)) > toleranceSeconds) return false;
  const expected = Buffer.from(signWebhook(id, Number(timestamp), body, secret));
  // While a secret is replaced a sender may sign with both.
  return signatures.split(' ').some((given) => isSame(Buffer.from(given), expected));
}

function isSame(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function valueOf(headers: IncomingHttpHeaders | Headers, name: string): string | undefined {
  const value = headers instanceof Headers ? headers.get(name) : headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** Any other secret is taken as it is written, which is the `raw` format of the libraries. */
function keyOf(secret: string): Buffer {
  return secret.startsWith(BASE64_SECRET)
    ? Buffer.from(secret.slice(BASE64_SECRET.length), 'base64')
    : Buffer.from(secret, 'utf8');
}
