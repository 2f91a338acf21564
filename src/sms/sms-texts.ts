import { chooseFor, type ByPurpose } from './by-purpose';
import type { OutgoingMessage } from './sms-provider.interface';

/** Texts with value names in braces, `{code}`, by purpose and language; without a signature. */
export type SmsTexts = ByPurpose<string>;

/**
 * The texts of a gateway that takes free text, and of the inbox. With a code of six digits, two digits of minutes and
 * a signature of four characters each is one billed segment (70 characters).
 */
export const SMS_TEXTS: SmsTexts = {
  'register@zh': '您正在注册账号，验证码{code}，{minutes}分钟内有效，请勿告诉他人。',
  'register@en': '{code} is your sign-up code. Valid {minutes} min. Do not share it.',
  'login@zh': '您正在登录，验证码{code}，{minutes}分钟内有效，请勿告诉他人。',
  'login@en': '{code} is your log-in code. Valid {minutes} min. Do not share it.',
  'reset_password@zh':
    '您正在重置密码，验证码{code}，{minutes}分钟内有效，请勿告诉他人。如非本人操作请忽略。',
  'reset_password@en': '{code} resets your password. Valid {minutes} min. Do not share it.',
  'change_phone@zh': '您正在更换绑定手机号，验证码{code}，{minutes}分钟内有效，请勿告诉他人。',
  'change_phone@en': '{code} confirms your new number. Valid {minutes} min. Keep secret.',
  'step_up@zh': '您正在进行身份验证，验证码{code}，{minutes}分钟内有效，请勿告诉他人。',
  'step_up@en': '{code} confirms that it is you. Valid {minutes} min. Keep secret.',
  'delete_account@zh': '您正在注销账号，注销后无法恢复，验证码{code}，{minutes}分钟内有效，请勿告诉他人。',
  'delete_account@en': '{code} deletes your account. Valid {minutes} min. Do not share it.',
  'notice_phone_changed@zh': '您的账号已更换绑定手机号，本号码不再用于登录。如非本人操作，请立即联系客服。',
  'notice_phone_changed@en': 'Your account has a new number now. Not you? Contact us.',
  'notice_password_changed@zh': '您的账号密码已修改。如非本人操作，请立即重置密码。',
  'notice_password_changed@en': 'Your password was changed. Not you? Reset it now.',
  'notice_password_reset@zh': '您的账号密码已重置，所有设备均已退出登录。如非本人操作，请立即联系客服。',
  'notice_password_reset@en': 'Your password was reset. Not you? Contact us.',
  'notice_account_deleted@zh': '您的账号已注销。如非本人操作，请立即联系客服。',
  'notice_account_deleted@en': 'Your account was deleted. Not you? Contact us.',
  '@zh': '您的验证码是{code}，{minutes}分钟内有效，请勿告诉他人。',
  '@en': '{code} is your verification code. Valid {minutes} min. Keep secret.',
};

const NAMES = /\{(\w+)\}/g;

/** Names of the values that a text shows. */
export function valuesIn(text: string): string[] {
  return [...new Set([...text.matchAll(NAMES)].map(([, name]) => name))];
}

/**
 * The message in words, without a signature.
 * @param texts go before the built-in ones
 * @returns nothing when no text fits, or the one that does shows a value the message lacks
 */
export function renderText(
  message: Pick<OutgoingMessage, 'purpose' | 'locale' | 'values'>,
  texts: SmsTexts = {},
): string | undefined {
  const text = chooseFor(texts, message) ?? chooseFor(SMS_TEXTS, message);
  if (text === undefined || valuesIn(text).some((name) => !Object.hasOwn(message.values, name)))
    return undefined;
  return text.replace(NAMES, (_, name: string) => message.values[name]);
}
