import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from './instance';
import type { Ledgers, Violation } from './ledger';
import type { Run } from './run';
import type { Scenario } from './scenario';
import { sendAtOnce } from './vendor-scenarios';

const BUDGET = 40;
/** Requests that were sent to an instance are answered by then, milliseconds. */
const SETTLE_MS = 1_000;
const PROBE_EVERY_MS = 250;
const ROUNDS = 2;

export const SERVICE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'rolling-restart',
    what: 'in production, one instance after the other gets SIGTERM and is replaced',
    instances: [3],
    gateways: ['luosimao'],
    luosimao: {
      apiKey: '7c1f9e02b4d84a5f93aa61b0c2d7e845',
      signature: '某某公司',
      voiceApiKey: '5b8e0d17a2f64c3990cd72e1f4a6b138',
    },
    variables: {
      NODE_ENV: 'production',
      // Sample values, which production refuses.
      RONGLIAN_ACCOUNT_SID: '',
      RONGLIAN_AUTH_TOKEN: '',
      TENCENT_SECRET_ID: '',
      TENCENT_SECRET_KEY: '',
      CAPTCHA_MODE: 'risk',
      THROTTLE_PER_MINUTE: '1000000',
      CHECK_HOURLY_LIMIT: '15',
      PASSWORD_HOURLY_LIMIT: '10',
    },
    play: restartInTurn,
  },
  {
    name: 'budget',
    what: `a budget of ${BUDGET} messages under three times as many parallel sends`,
    instances: [3],
    variables: { SMS_DAILY_BUDGET: String(BUDGET) },
    terms: { budget: BUDGET },
    people: 0,
    recoveryMs: 0,
    play: (run) => sendAtOnce(run, 3 * BUDGET, 30),
    check: isSpent,
  },
];

/** As an orchestrator does it: the load balancer follows the probes. */
async function restartInTurn({ instances }: Run): Promise<void> {
  // The first one was started to migrate, in development: it does not drain, so that nobody may be about to call it.
  instances[0].isUp = false;
  await sleep(SETTLE_MS);
  await instances[0].end('SIGTERM');
  await instances[0].start();
  const probing = new AbortController();
  const watch = Promise.all(instances.map((instance) => follow(instance, probing.signal)));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const instance of instances) {
      const { code } = await instance.end('SIGTERM');
      if (code !== 0) throw new Error(`Instance ${instance.number} ended with ${code}`);
      await instance.start();
    }
  }
  probing.abort();
  await watch;
}

async function follow(instance: Instance, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    instance.isUp = await instance.isReady();
    await sleep(PROBE_EVERY_MS);
  }
}

function isSpent({ requests }: Ledgers): Violation[] {
  const accepted = requests.filter(({ status }) => status === 202).length;
  if (accepted === BUDGET) return [];
  return [{ rule: 'budget', what: `${accepted} sends were accepted instead of ${BUDGET}`, lines: [] }];
}
