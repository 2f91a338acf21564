import { isObject, type JsonObject } from '../../common/json-object';
import type { Phone } from '../../common/phone';
import type { Balance, ProviderCheck, Receipt } from '../sms-provider.interface';
import { balanceCheck, failed, passed, warned } from './account-checks';
import { placesFault, type UsedTemplate } from './account-templates';
import { carrierCode } from './receipt-fields';
import { safeId } from './vendor-text';

// Names and meanings of the members are those of the official SDKs (github.com/TencentCloud/tencentcloud-sdk-nodejs,
// sms/v20210111/sms_models.d.ts).

/** The list that an answer's `Response` holds under a name. */
function listOf(response: JsonObject, name: string): JsonObject[] {
  const list = response[name];
  return Array.isArray(list) ? (list as unknown[]).filter(isObject) : [];
}

/**
 * What is left in the packages in force, by the answer of `SmsPackagesStatistics`.
 * @returns nothing when none is: a post-paid account has no packages
 */
export function tencentBalance(response: JsonObject, now: number): Balance | undefined {
  const seconds = now / 1_000;
  const inForce = packagesOf(response).filter(
    (item) => numberOf(item.PackageEffectiveTime) <= seconds && seconds < numberOf(item.PackageExpiredTime),
  );
  if (inForce.length === 0) return undefined;
  const left = inForce.reduce(
    (sum, item) => sum + numberOf(item.PackageAmount) - numberOf(item.CurrentUsage),
    0,
  );
  return Number.isFinite(left) ? { left, unit: 'messages' } : undefined;
}

export function tencentBalanceCheck(response: JsonObject, now: number): ProviderCheck {
  const left = tencentBalance(response, now);
  if (left) return balanceCheck(left);
  if (packagesOf(response).length === 0) return passed('balance', 'no packages: the account is post-paid');
  return warned(
    'balance',
    'no package is in force',
    'Buy one, or see that post-payment is on in the console',
  );
}

function packagesOf(response: JsonObject): JsonObject[] {
  return listOf(response, 'SmsPackagesStatisticsSet');
}

function numberOf(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN;
}

/** A list as long as was asked for may go on. */
export const SIGN_LIMIT = 100;

/** Judges a signature by the answer of `DescribeSmsSignList`; the same name can be there more than once. */
export function tencentSignCheck(response: JsonObject, signName: string): ProviderCheck {
  const signs = listOf(response, 'DescribeSignListStatusSet');
  const own = signs.filter(({ SignName: name }) => name === signName);
  if (own.length > 0) return reviewed('signature', `“${signName}”`, own);
  if (signs.length === 0 || signs.length >= SIGN_LIMIT) {
    return warned('signature', 'it cannot be checked: the list does not tell', 'Look at it in the console');
  }
  const remedy = 'Compare it with the console: the text without brackets, and not its id';
  return failed('signature', `the account has no signature “${signName}”`, remedy);
}

/** Judges a template by the answer of `DescribeSmsTemplateList`; nothing when it is not in there. */
export function tencentTemplateCheck(response: JsonObject, used: UsedTemplate): ProviderCheck | undefined {
  const own = listOf(response, 'DescribeTemplateStatusSet').filter(
    ({ TemplateId: id }) => textOf(id) === used.id,
  );
  if (own.length === 0) return undefined;
  const check = reviewed('template', used.id, own);
  return check.verdict === 'ok' ? (placesFault(used, own[0].TemplateContent) ?? check) : check;
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** `StatusCode` 0 approved, 1 under review, 2 approved and not yet in force, -1 rejected. */
function reviewed(subject: string, name: string, entries: readonly JsonObject[]): ProviderCheck {
  const states = new Set(entries.map(({ StatusCode: code }) => numberOf(code)));
  if (states.has(0)) return passed(subject, `${name} is approved`);
  if (states.has(1) || states.has(2)) {
    return warned(subject, `${name} is waiting for approval`, 'Wait for it: until then nothing is sent');
  }
  if (states.has(-1)) {
    return failed(subject, `${name} was rejected`, 'See the reason in the console and apply again');
  }
  return warned(subject, `${name} has a status nobody documented`, 'Look at it in the console');
}

export interface AskedMessage {
  readonly id: string;
  readonly phone: Phone;
  readonly providerMessageId?: string;
}

/** The carrier's word on one message in the answer of `PullSmsSendStatusByPhoneNumber`; nothing while there is none. */
export function tencentReceipt(response: JsonObject, message: AskedMessage): Receipt | undefined {
  const { id, phone, providerMessageId } = message;
  const entries = listOf(response, 'PullSmsSendStatusSet');
  const entry =
    entries.find(({ SerialNo: serial }) => serial && serial === providerMessageId) ??
    entries.find(({ SessionContext: context }) => context === id);
  if (!entry) return undefined;
  const serialNo = safeId(entry.SerialNo);
  const seconds = numberOf(entry.UserReceiveTime);
  return {
    provider: 'tencent',
    messageId: id,
    phone,
    ...(serialNo && { providerMessageId: serialNo }),
    status: statusOf(entry.ReportStatus),
    vendorCode: carrierCode(entry.Description),
    ...(seconds > 0 && seconds < 1e11 && { reportedAt: new Date(seconds * 1_000) }),
  };
}

function statusOf(status: unknown): Receipt['status'] {
  if (status === 'SUCCESS') return 'delivered';
  return status === 'FAIL' ? 'undelivered' : 'unknown';
}
