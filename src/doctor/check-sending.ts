import { maskPhone } from '../common/phone';
import type { Env } from '../env';
import { providerNames } from '../env-rules';
import { parseTestNumbers } from '../verification/test-numbers';
import { type Finding, ok, warn } from './finding';

const DAY_MS = 86_400_000;

/** What goes with sending through a real gateway: receipts, budgets, test numbers. @param now milliseconds */
export function checkSending(env: Env, now: number): Finding[] {
  const isReal = providerNames(env).some((name) => name !== 'inbox');
  return [receipts(env, isReal), budget(env, isReal), ...testNumbers(env, now)];
}

function receipts({ SMS_RECEIPT_TOKEN: token }: Env, isReal: boolean): Finding {
  if (token) return ok('receipts', 'a token is set: gateways may report what was delivered');
  if (!isReal) return ok('receipts', 'not needed by the inbox');
  const remedy = 'Set SMS_RECEIPT_TOKEN, and enter the address in the console of each gateway';
  return warn('receipts', 'no token: nobody may report what was delivered', remedy);
}

function budget(env: Env, isReal: boolean): Finding {
  const set = Object.entries(env).filter(([name, limit]) => /^SMS_\w+_(BUDGET|SPEND)$/.test(name) && limit);
  if (set.length > 0) return ok('budget', set.map(([name, limit]) => `${name}=${limit}`).join(', '));
  if (!isReal) return ok('budget', 'not needed by the inbox');
  return warn('budget', 'none: an attack can spend what the accounts hold', 'Set SMS_DAILY_BUDGET');
}

function testNumbers(env: Env, now: number): Finding[] {
  const numbers = parseTestNumbers(env.SMS_TEST_NUMBERS);
  if (numbers.length === 0) return [ok('test numbers', 'none')];
  return numbers.map(({ phone, until }) => {
    const name = maskPhone(phone);
    if (until === undefined) {
      return warn('test numbers', `${name} has no end`, 'Give it one in SMS_TEST_NUMBERS: @YYYY-MM-DD');
    }
    return Date.parse(`${until}T00:00:00Z`) + DAY_MS > now
      ? ok('test numbers', `${name} works until ${until}`)
      : warn('test numbers', `${name} ended on ${until}`, 'Take it out of SMS_TEST_NUMBERS');
  });
}
