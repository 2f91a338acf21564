import { isObject, type JsonObject } from '../../common/json-object';
import type { Balance, ProviderCheck } from '../sms-provider.interface';
import { failed, passed, warned } from './account-checks';
import { absentTemplate, placesFault, type UsedTemplate } from './account-templates';

/** Member of an object whatever its case: documents and samples disagree on the case of node names. */
export function memberOf(node: JsonObject, name: string): unknown {
  const key = Object.keys(node).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : node[key];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}

/**
 * What is left by the answer of `AccountInfo` (https://doc.yuntongxun.com/p/5a533b4b3b8496dd00dce034): `balance` of
 * the node `Account`. Its unit is not written down; amounts have two decimals and are taken for yuan.
 */
export function ronglianBalance(answer: JsonObject): Balance | undefined {
  const account = memberOf(answer, 'Account');
  const text = isObject(account) ? textOf(memberOf(account, 'balance')) : '';
  if (!/^-?\d{1,12}(\.\d{1,6})?$/.test(text)) return undefined;
  return { left: Math.floor(Number(text) * 100 + 1e-6), unit: 'minor-units' };
}

/** `type` 0 is a trial account, which reaches registered numbers only. */
export function ronglianTypeCheck(answer: JsonObject): ProviderCheck[] {
  const account = memberOf(answer, 'Account');
  if (!isObject(account) || textOf(memberOf(account, 'type')) !== '0') return [];
  const remedy = 'Complete the registration of the account before you go live';
  return [warned('account', 'a trial account: it reaches numbers registered in the console only', remedy)];
}

/** The vendor's trial template: it belongs to no account and need not be in its list. */
const TRIAL_TEMPLATE = '1';

/** Judges the answer of `SMS/QuerySMSTemplate` for one template. */
export function ronglianTemplateCheck(answer: JsonObject, used: UsedTemplate): ProviderCheck {
  const template = templatesIn(answer).find((item) => textOf(memberOf(item, 'id')) === used.id);
  if (template) return judgeTemplate(template, used);
  return used.id === TRIAL_TEMPLATE
    ? warned('template', '1 is the trial template', 'Have a template of your own approved before you go live')
    : absentTemplate(used);
}

function templatesIn(answer: JsonObject): JsonObject[] {
  const list = memberOf(answer, 'TemplateSMS');
  return (Array.isArray(list) ? (list as unknown[]) : [list]).filter(isObject);
}

function judgeTemplate(template: JsonObject, used: UsedTemplate): ProviderCheck {
  const { id } = used;
  switch (textOf(memberOf(template, 'status'))) {
    case '0':
      return warned('template', `${id} is waiting for approval`, 'Wait for it: until then nothing is sent');
    case '2':
      return failed('template', `${id} was rejected`, 'See the reason in the console and apply again');
    case '-1':
      return failed('template', `${id} was deleted`, 'Name another approved template');
    case '1':
      return placesFault(used, memberOf(template, 'content')) ?? passed('template', `${id} is approved`);
    default:
      return warned('template', `${id} has a status nobody documented`, 'Look at it in the console');
  }
}
