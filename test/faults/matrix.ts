import { CRASH_SCENARIOS } from './crash-scenarios';
import { checkLedgers } from './ledger-checker';
import type { Violation } from './ledger';
import { Run, type World } from './run';
import type { Scenario } from './scenario';
import { SERVICE_SCENARIOS } from './service-scenarios';
import { extraMessages, storiesOf } from './stories';
import { STORE_SCENARIOS } from './store-scenarios';
import { VENDOR_SCENARIOS } from './vendor-scenarios';

export const SCENARIOS: readonly Scenario[] = [
  ...CRASH_SCENARIOS,
  ...VENDOR_SCENARIOS,
  ...STORE_SCENARIOS,
  ...SERVICE_SCENARIOS,
];

/** A row of the table, and what was found. */
export interface Result {
  readonly scenario: string;
  readonly instances: number;
  readonly requests: number;
  readonly accepted: number;
  readonly messages: number;
  readonly unknown: number;
  readonly extra: number;
  readonly worstMs: number;
  readonly recoveryMs?: number;
  readonly violations: readonly Violation[];
  /** What the instances wrote. */
  readonly output: string;
}

const RECOVERY_MS = 10_000;

export async function play(world: World, scenario: Scenario, instances: number): Promise<Result> {
  const run = await Run.open(world, scenario, instances);
  try {
    run.startLoad();
    await scenario.play(run);
    const recoveryMs = scenario.recoveryMs === 0 ? undefined : await run.recover();
    await run.stopLoad();
    await run.settle();
    return await judge(run, recoveryMs);
  } finally {
    await run.stopLoad();
    await run.close();
  }
}

async function judge(run: Run, recoveryMs: number | undefined): Promise<Result> {
  const { scenario, terms, instances } = run;
  const ledgers = await run.ledgers();
  const output = instances.map((instance) => instance.output).join('');
  const { stories } = storiesOf(ledgers, terms);
  return {
    scenario: scenario.name,
    instances: instances.length,
    requests: ledgers.requests.length,
    accepted: ledgers.requests.filter(({ status }) => status === 202).length,
    messages: ledgers.taken.length,
    unknown: ledgers.messages.filter(({ state }) => state === 'unknown').length,
    extra: stories.reduce((sum, story) => sum + extraMessages(story), 0),
    worstMs: Math.max(0, ...ledgers.requests.map(({ ms }) => ms)),
    recoveryMs,
    violations: [
      ...checkLedgers(ledgers, terms),
      ...(scenario.check?.(ledgers, terms) ?? []),
      ...lateRecovery(recoveryMs, scenario.recoveryMs ?? RECOVERY_MS),
      ...loudness(
        output,
        stories.map(({ phone }) => phone),
      ),
    ],
    output,
  };
}

/** P6. */
function lateRecovery(ms: number | undefined, mostMs: number): Violation[] {
  if (ms === undefined || ms <= mostMs) return [];
  return [{ rule: 'recovery', what: `the main job worked after ${ms} ms instead of ${mostMs}`, lines: [] }];
}

/** P8: no whole number in what the instances write. */
function loudness(output: string, phones: readonly string[]): Violation[] {
  const told = phones.filter((phone) => output.includes(phone.replace('+86', '')));
  return told.length > 0 ? [{ rule: 'silence', what: `${told.length} numbers in the log`, lines: [] }] : [];
}
