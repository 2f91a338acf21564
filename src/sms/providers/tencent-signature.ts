import { createHash, createHmac } from 'node:crypto';

/** What is signed for Tencent Cloud SMS, whatever address the request goes to. */
export const TENCENT_SMS = { service: 'sms', host: 'sms.tencentcloudapi.com' } as const;

export interface Tc3Request {
  readonly secretId: string;
  readonly secretKey: string;
  readonly service: string;
  readonly host: string;
  /** Byte for byte as it goes over the wire. */
  readonly contentType: string;
  /** Byte for byte as it goes over the wire. */
  readonly body: string;
  /** Unix time in seconds, as in `X-TC-Timestamp`. */
  readonly timestamp: number;
  /** Value of `X-TC-Action`, only if that header is to be signed too. */
  readonly signedAction?: string;
}

/** The steps between, for comparison with the vendor's published examples. Hex, lower case. */
export interface Tc3Signature {
  readonly authorization: string;
  readonly signature: string;
  readonly scope: string;
  readonly requestHash: string;
}

/**
 * TC3-HMAC-SHA256, signature version 3 of Tencent Cloud (https://cloud.tencent.com/document/api/382/52075).
 * Only `content-type` and `host` need be signed, as in the official SDKs.
 */
export function signTc3(request: Tc3Request): Tc3Signature {
  const { secretId, secretKey, service, timestamp } = request;
  const { names, text } = canonicalRequest(request);
  // The day is UTC's: in Beijing it may already be tomorrow.
  const date = new Date(timestamp * 1_000).toISOString().slice(0, 10);
  const scope = `${date}/${service}/tc3_request`;
  const requestHash = sha256(text);
  const toSign = ['TC3-HMAC-SHA256', timestamp, scope, requestHash].join('\n');
  const signature = hmac(tc3Keys(secretKey, date, service).signing, toSign).toString('hex');
  const authorization = `TC3-HMAC-SHA256 Credential=${secretId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { authorization, signature, scope, requestHash };
}

/** The chain of keys; each signs the next step. */
export function tc3Keys(
  secretKey: string,
  date: string,
  service: string,
): Record<'date' | 'service' | 'signing', Buffer> {
  const dateKey = hmac(`TC3${secretKey}`, date);
  const serviceKey = hmac(dateKey, service);
  return { date: dateKey, service: serviceKey, signing: hmac(serviceKey, 'tc3_request') };
}

function canonicalRequest({ contentType, host, body, signedAction }: Tc3Request): {
  names: string;
  text: string;
} {
  const headers = [
    ['content-type', contentType],
    ['host', host],
    ...(signedAction === undefined ? [] : [['x-tc-action', signedAction]]),
  ];
  const names = headers.map(([name]) => name).join(';');
  const canonical = headers.map(([name, value]) => `${name}:${value.trim().toLowerCase()}\n`).join('');
  return { names, text: ['POST', '/', '', canonical, names, sha256(body)].join('\n') };
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}
