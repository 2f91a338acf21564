import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import { TENCENT_ACCOUNT_ACTIONS } from './tencent-account';
import type { SimulatedTemplates } from './simulated-templates';
import type { VendorCall } from './vendor-simulator';

export interface TencentAccount {
  readonly secretId: string;
  readonly secretKey: string;
}

const HOST = 'sms.tencentcloudapi.com';
const MAX_SKEW_SECONDS = 300;
const LAYOUT =
  /^TC3-HMAC-SHA256 Credential=([^/\s]+)\/(\d{4}-\d\d-\d\d)\/sms\/tc3_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;

/**
 * Signed is always the public host, whichever address the call came to, so that one simulator serves any port.
 * @returns the vendor's code for what is wrong with headers or signature; nothing when all is right
 */
export function checkTencentAuth(call: VendorCall, account: TencentAccount, now: number): string | undefined {
  const { headers } = call;
  if (call.path !== '/' || call.query.size > 0) return 'InvalidRequest';
  if (call.method !== 'POST') return 'UnsupportedProtocol';
  if (!/^application\/json(; charset=utf-8)?$/.test(headers['content-type'] ?? '')) return 'InvalidRequest';
  const action = String(headers['x-tc-action']);
  if (action !== 'SendSms' && !TENCENT_ACCOUNT_ACTIONS.has(action)) return 'InvalidAction';
  if (headers['x-tc-version'] !== '2021-01-11') return 'NoSuchVersion';
  if (!/^ap-[a-z]+$/.test(String(headers['x-tc-region']))) return 'UnsupportedRegion';
  const timestamp = String(headers['x-tc-timestamp']);
  if (!/^\d{10}$/.test(timestamp)) return 'MissingParameter';
  const [, secretId, date, names, signature] = LAYOUT.exec(headers.authorization ?? '') ?? [];
  if (!secretId) return 'AuthFailure.InvalidAuthorization';
  if (secretId !== account.secretId) return 'AuthFailure.SecretIdNotFound';
  if (Math.abs(now / 1_000 - Number(timestamp)) > MAX_SKEW_SECONDS) return 'AuthFailure.SignatureExpire';
  if (!names.startsWith('content-type;host')) return 'AuthFailure.InvalidAuthorization';
  const expected = sign(call, account.secretKey, timestamp, names, utcDay(timestamp));
  const isRight =
    date === utcDay(timestamp) && timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
  return isRight ? undefined : 'AuthFailure.SignatureFailure';
}

function utcDay(timestamp: string): string {
  const time = new Date(Number(timestamp) * 1_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${time.getUTCFullYear()}-${two(time.getUTCMonth() + 1)}-${two(time.getUTCDate())}`;
}

function sign(call: VendorCall, secretKey: string, timestamp: string, names: string, day: string): string {
  let canonical = 'POST\n/\n\n';
  for (const name of names.split(';')) {
    const value = name === 'host' ? HOST : String(call.headers[name]);
    canonical += `${name}:${value.toLowerCase()}\n`;
  }
  canonical += `\n${names}\n${createHash('sha256').update(call.body, 'utf8').digest('hex')}`;
  const digest = createHash('sha256').update(canonical, 'utf8').digest('hex');
  const text = `TC3-HMAC-SHA256\n${timestamp}\n${day}/sms/tc3_request\n${digest}`;
  const key = [day, 'sms', 'tc3_request'].reduce<string | Buffer>(
    (previous, step) => createHmac('sha256', previous).update(step).digest(),
    `TC3${secretKey}`,
  );
  return createHmac('sha256', key).update(text).digest('hex');
}

export interface TencentTemplate extends SimulatedTemplates {
  readonly smsAppId: string;
  readonly signName: string;
}

const FIELDS: Readonly<Record<string, 'string' | 'strings'>> = {
  PhoneNumberSet: 'strings',
  SmsSdkAppId: 'string',
  TemplateId: 'string',
  SignName: 'string',
  TemplateParamSet: 'strings',
  ExtendCode: 'string',
  SessionContext: 'string',
  SenderId: 'string',
};

/** @returns the vendor's code for what is wrong with the fields of `SendSms` as a whole */
export function checkTencentFields(
  fields: Record<string, unknown>,
  template: TencentTemplate,
): string | undefined {
  for (const [name, value] of Object.entries(fields)) {
    const type = FIELDS[name];
    if (!type) return 'UnknownParameter';
    if (type === 'string' ? typeof value !== 'string' : !isStrings(value)) return 'InvalidParameter';
  }
  const phones = (fields.PhoneNumberSet ?? []) as string[];
  if (phones.length === 0) return 'MissingParameter.EmptyPhoneNumberSet';
  if (phones.length > 200) return 'LimitExceeded.PhoneNumberCountLimit';
  if (!fields.SmsSdkAppId || !fields.TemplateId) return 'MissingParameter';
  if (fields.SmsSdkAppId !== template.smsAppId) return 'UnauthorizedOperation.SmsSdkAppIdVerifyFail';
  if (Buffer.byteLength((fields.SessionContext ?? '') as string) >= 512) return 'InvalidParameterValue';
  const mainland = phones.filter((phone) => phone.startsWith('+86')).length;
  if (mainland > 0 && mainland < phones.length) {
    return 'UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber';
  }
  return undefined;
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
