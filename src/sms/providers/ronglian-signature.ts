import { createHash } from 'node:crypto';

export interface RonglianSignature {
  /** `yyyyMMddHHmmss` in Beijing. */
  readonly timestamp: string;
  /** Value of the query parameter `sig`. */
  readonly sig: string;
  /** Value of the header `Authorization`, which has no scheme word. */
  readonly authorization: string;
}

const BEIJING_OFFSET_MS = 8 * 3_600_000;

/**
 * Signs a call to Ronglian (CCP REST 2013-12-26), as its SDKs do (https://github.com/cloopen/java-sms-sdk).
 *
 * The SDKs take the machine's local time, which is Beijing's where they run. Here the offset (China has no daylight
 * saving time) is added to UTC, so that the process's time zone has no say. Query and header share one timestamp: two
 * looks at the clock disagree now and then.
 * @param now milliseconds since the Unix epoch
 */
export function signRonglian(accountSid: string, authToken: string, now: number): RonglianSignature {
  const timestamp = new Date(now + BEIJING_OFFSET_MS).toISOString().replace(/\D/g, '').slice(0, 14);
  return {
    timestamp,
    sig: createHash('md5')
      .update(`${accountSid}${authToken}${timestamp}`, 'utf8')
      .digest('hex')
      .toUpperCase(),
    authorization: Buffer.from(`${accountSid}:${timestamp}`, 'utf8').toString('base64'),
  };
}
