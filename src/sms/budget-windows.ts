/** Most messages, or minor units of a currency, in each window; absent or 0 = no limit. */
export interface BudgetLimits {
  readonly minute?: number;
  readonly hour?: number;
  /** A day of Beijing, from midnight to midnight. */
  readonly day?: number;
}

export interface Budgets {
  readonly messages?: BudgetLimits;
  readonly money?: BudgetLimits;
}

export interface BudgetWindow {
  readonly name: 'minute' | 'hour' | 'day';
  readonly ms: number;
  /** Milliseconds by which the window starts before that of UTC. */
  readonly offset: number;
  readonly messages: number;
  readonly money: number;
}

const HOUR_MS = 3_600_000;
const BEIJING_MS = 8 * HOUR_MS;
const WINDOWS = [
  { name: 'minute', ms: 60_000, offset: 0 },
  { name: 'hour', ms: HOUR_MS, offset: 0 },
  { name: 'day', ms: 24 * HOUR_MS, offset: BEIJING_MS },
] as const;

/** @returns the windows that limit something */
export function windowsOf({ messages = {}, money = {} }: Budgets): BudgetWindow[] {
  return WINDOWS.map((window) => ({
    ...window,
    messages: messages[window.name] ?? 0,
    money: money[window.name] ?? 0,
  })).filter((window) => window.messages > 0 || window.money > 0);
}

/** Reads what budget.lua tells: `day:messages:80:1000:1795219200000`. */
export function alertOf(told: string) {
  const [window, kind, percent, limit, ends] = told.split(':');
  return {
    window: window as BudgetWindow['name'],
    kind: kind as 'messages' | 'money',
    percent: Number(percent),
    limit: Number(limit),
    until: new Date(Number(ends)).toISOString(),
  };
}
