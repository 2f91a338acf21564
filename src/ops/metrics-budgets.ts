import type { Spending } from '../sms/budget';
import type { BudgetShare } from './metrics.options';

/** What is used of the limits that there are. */
export function sharesOf(spending: readonly Spending[]): BudgetShare[] {
  return spending.flatMap(({ window, messages, money }) =>
    Object.entries({ messages, money })
      .filter(([, { limit }]) => limit > 0)
      .map(([kind, { used, limit }]) => ({ window, kind, ratio: used / limit })),
  );
}
