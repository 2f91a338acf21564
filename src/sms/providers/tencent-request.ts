import { signTc3, TENCENT_SMS } from './tencent-signature';

/** Who calls, and where the call is served. */
export interface TencentCaller {
  readonly secretId: string;
  readonly secretKey: string;
  /** Default `ap-guangzhou`. */
  readonly region?: string;
}

// Lower case, so that "sign it as it is" and "sign it in lower case" are the same bytes.
const CONTENT_TYPE = 'application/json; charset=utf-8';

/**
 * Headers of one call of API 2021-01-11, its signature among them.
 * @param body byte for byte as it goes over the wire
 * @param now milliseconds since the Unix epoch
 */
export function tencentHeaders(
  { secretId, secretKey, region = 'ap-guangzhou' }: TencentCaller,
  action: string,
  body: string,
  now: number,
): Record<string, string> {
  const timestamp = Math.floor(now / 1_000);
  const request = { ...TENCENT_SMS, secretId, secretKey, contentType: CONTENT_TYPE, body, timestamp };
  return {
    authorization: signTc3(request).authorization,
    'content-type': CONTENT_TYPE,
    'x-tc-action': action,
    'x-tc-version': '2021-01-11',
    'x-tc-region': region,
    'x-tc-timestamp': String(timestamp),
  };
}
