import type { Env } from './env';
import type { Budgets } from './sms/budget-windows';

/** Weights that `SMS_PROVIDERS` names: `tencent:3,ronglian:1`. */
export function providerWeights({
  SMS_PROVIDERS: list = 'inbox',
}: Pick<Env, 'SMS_PROVIDERS'>): Record<string, number> {
  return numbersByName(list.split(',').filter((item) => item.includes(':')));
}

/** Minor units for a segment that `SMS_PRICES` names: `tencent:5,ronglian:4`. */
export function pricesOf({ SMS_PRICES: list }: Pick<Env, 'SMS_PRICES'>): Record<string, number> {
  return numbersByName(list?.split(',') ?? []);
}

export function budgetsOf(env: Env): Budgets {
  return {
    messages: { minute: env.SMS_MINUTE_BUDGET, hour: env.SMS_HOURLY_BUDGET, day: env.SMS_DAILY_BUDGET },
    money: { minute: env.SMS_MINUTE_SPEND, hour: env.SMS_HOURLY_SPEND, day: env.SMS_DAILY_SPEND },
  };
}

function numbersByName(items: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    items.map((item) => item.split(':')).map(([name, value]) => [name, Number(value)]),
  );
}
