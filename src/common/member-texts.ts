import type { ProblemError } from './problem';
import type { Language, LocalisedText } from './problem-catalog';

const define = <Code extends string>(
  texts: Record<Code, LocalisedText>,
): Readonly<Record<Code, LocalisedText>> => Object.freeze(texts);

/**
 * What a member of a request should look like, by the code of its fault. Codes are public, like those of problems.
 * `{0}` and `{1}` are places for the values of the rule.
 */
export const MEMBER_TEXTS = define({
  OBJECT_EXPECTED: { en: 'Send a JSON object', zh: '请发送 JSON 对象' },
  TOO_DEEP: { en: 'At most {0} levels', zh: '嵌套层数最多为 {0}' },
  UNKNOWN_MEMBER: { en: 'There is no such member; leave it out', zh: '不支持该字段，请去掉' },
  UNKNOWN_VALUE: { en: 'There is no such value; leave it out', zh: '不支持该值，请去掉' },
  FILE_LAST: { en: 'The fields first, then one file and nothing else', zh: '请先提交字段，最后提交一个文件' },
  REQUIRED: { en: 'Required', zh: '必填' },

  IS_STRING: { en: 'A string', zh: '应为字符串' },
  IS_INT: { en: 'A whole number', zh: '应为整数' },
  IS_BOOLEAN: { en: 'true or false', zh: '应为 true 或 false' },
  IS_OBJECT: { en: 'An object', zh: '应为对象' },
  NESTED_VALIDATION: { en: 'An object', zh: '应为对象' },
  IS_DEFINED: { en: 'Not null', zh: '不能为 null' },
  IS_NOT_EMPTY: { en: 'Not empty', zh: '不能为空' },
  IS_LENGTH: { en: '{0} to {1} characters', zh: '长度应为 {0} 到 {1} 个字符' },
  MAX_LENGTH: { en: 'At most {0} characters', zh: '长度最多为 {0} 个字符' },
  MIN: { en: '{0} or more', zh: '不能小于 {0}' },
  MAX: { en: '{0} or less', zh: '不能大于 {0}' },
  IS_IN: { en: 'One of: {0}', zh: '应为以下之一：{0}' },
  IS_UUID: { en: 'A UUID', zh: '应为 UUID' },
  IS_ISO8601: { en: 'A time such as 2026-11-20T08:00:00Z', zh: '应为时间，例如 2026-11-20T08:00:00Z' },
  IS_PLAIN_TEXT: { en: 'No control or invisible characters', zh: '不能包含控制字符或不可见字符' },
  PASSWORD_LENGTH: { en: '{0} to {1} characters', zh: '长度应为 {0} 到 {1} 个字符' },
  MATCHES: { en: 'A value of the right form', zh: '格式不正确' },

  PHONE_INVALID: { en: 'A mobile number', zh: '应为有效的手机号' },
  COUNTRY_NOT_ENABLED: { en: 'A number of an enabled country', zh: '暂不支持该国家或地区的号码' },
  PHONE_NOT_OWN: { en: 'The number of your own account', zh: '应为当前账号的手机号' },
  CHANNEL_NOT_AVAILABLE: { en: 'A channel that is in use here', zh: '暂不支持该发送方式' },
  CODE_LENGTH: { en: 'As many digits as the code has', zh: '位数应与验证码一致' },
  AMBIGUOUS_PROOF: { en: 'One proof, and not two', zh: '请只提供一种凭证' },
  ARRAY_UNIQUE: { en: 'Each only once', zh: '不能重复' },
  ARRAY_MAX_SIZE: { en: 'At most {0} entries', zh: '最多为 {0} 项' },
  IS_ARRAY: { en: 'A list', zh: '应为数组' },
  IS_NUMBER_STRING: { en: 'Digits', zh: '应为数字' },
  EMAIL_INVALID: { en: 'An e-mail address, its local part in ASCII', zh: '应为邮箱地址，@ 之前为英文字符' },
  USERNAME_RESERVED: {
    en: 'A name that is not taken for one of the house',
    zh: '该用户名为保留名称，请换一个',
  },
  USERNAME_LIKE_PHONE: { en: 'A name that does not look like a phone number', zh: '用户名不能像手机号' },
  PASSWORD_TOO_COMMON: { en: 'A password that is harder to guess', zh: '密码过于常见，请换一个更难猜的密码' },
  ROLE_UNKNOWN: { en: 'One of: {0}', zh: '应为以下之一：{0}' },
  PROVIDER_UNKNOWN: { en: 'The name of a gateway in use', zh: '应为已启用的网关名称' },
  NOTHING_TO_CHANGE: { en: 'At least one change', zh: '请至少提供一项修改' },
  RANGE_EMPTY: { en: '`from` before `to`', zh: 'from 应早于 to' },
  RANGE_TOO_LONG: { en: 'At most {0} days', zh: '时间范围最长为 {0} 天' },
  TOO_MANY_MESSAGES: {
    en: 'More than {0} messages: ask for a shorter time',
    zh: '短信超过 {0} 条，请缩短时间范围',
  },
  TOO_MANY: { en: 'At most {0} numbers', zh: '号码最多为 {0} 个' },
  CODE_IN_BATCH: { en: 'Send codes one by one', zh: '验证码请逐条发送' },
});

export type MemberCode = keyof typeof MEMBER_TEXTS;

/** What a pattern asks for. The code says only that there is one. */
export const FORM_TEXTS = define({
  CODE: { en: 'The digits of the code, 6 to 10 of them', zh: '应为 6 到 10 位数字的验证码' },
  USERNAME: {
    en: '3 to 32 ASCII letters, digits, _ . or -, a letter first',
    zh: '应为 3 到 32 个英文字母、数字、_ . 或 -，并以字母开头',
  },
  ROLE: { en: 'The name of a role', zh: '应为角色名称' },
  GATEWAY: { en: 'The name of a gateway', zh: '应为网关名称' },
  ACTOR: { en: 'The id of a user, or system', zh: '应为用户 id 或 system' },
  DIMENSIONS: {
    en: 'provider, purpose, segment, hour, with commas between them',
    zh: '应为 provider、purpose、segment、hour，以逗号分隔',
  },
});

export type Form = keyof typeof FORM_TEXTS;

/** What goes over the wire. */
export function writeErrors(errors: readonly ProblemError[], language: Language) {
  return errors.map(({ pointer, code, values = [], form, detail }) => {
    const text =
      form && code === 'MATCHES'
        ? FORM_TEXTS[form]
        : (MEMBER_TEXTS as Partial<Record<string, LocalisedText>>)[code];
    const said = text?.[language === 'zh-CN' ? 'zh' : 'en'];
    const written = said?.replace(/\{(\d)\}/g, (_, place: string) => String(values[Number(place)])) ?? detail;
    return { pointer, code, ...(written !== undefined && { detail: written }) };
  });
}
