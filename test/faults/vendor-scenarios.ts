import { setTimeout as sleep } from 'node:timers/promises';
import { type Vendor, VENDORS } from '../support/gateways';
import type { Fault, Garbage } from '../support/simulators/simulator-faults';
import { newAddress, newPhone } from './clients';
import { startBody } from './customers';
import type { Ledgers, Terms, Violation } from './ledger';
import { lineOf } from './ledger-line';
import type { Run } from './run';
import type { Scenario } from './scenario';
import { acceptedSends, storiesOf } from './stories';

const LIES: readonly Garbage[] = ['html', 'empty', 'truncated', 'err-key', 'missing'];
/** How long each gateway plays a fault. */
const PLAY_MS = 3_000;
/** An open circuit is probed after 15 s; then P6 counts. */
const RECOVERY_MS = 15_000 + 10_000;
const DOWN_MS = 20_000;
const DOWN_SLOWLY_MS = 300_000;
const DRIPPING: Vendor = 'tencent';
const SENDS = 100;
const LEAVES_WITHIN_MS = 2_000;

export const VENDOR_SCENARIOS: readonly Scenario[] = [
  faulty('hang', 'takes the call and never answers', [{ kind: 'hang', taken: true }]),
  faulty('drip', 'answers one byte at a time', [{ kind: 'drip' }]),
  faulty('cut', 'cuts the connection', [{ kind: 'cut' }]),
  faulty('take-and-cut', 'takes the message and cuts the connection', [{ kind: 'accept-then-cut' }]),
  faulty(
    'lie',
    'answers 200 with something else',
    LIES.map((body) => ({ kind: 'garbage', body })),
  ),
  faulty('redirect', 'redirects to another host', [{ kind: 'redirect', location: 'http://127.0.0.1:9/' }]),
  faulty('charset', 'answers in UTF-16', [{ kind: 'garbage', body: 'charset' }]),
  faulty('error', 'answers 500', [{ kind: 'status', status: 500 }]),
  {
    name: 'vendor-down',
    what: 'the only gateway is down for 20 s (--slow: 5 minutes) and comes back',
    gateways: ['ronglian'],
    recoveryMs: RECOVERY_MS,
    play: async ({ gateways, world }) => {
      await gateways.close('ronglian');
      await sleep(world.isSlow ? DOWN_SLOWLY_MS : DOWN_MS);
      await gateways.open('ronglian');
    },
  },
  {
    name: 'vendor-drip-others',
    what: `${SENDS} sends with one gateway dripping: the others leave within ${LEAVES_WITHIN_MS / 1_000} s`,
    people: 0,
    recoveryMs: 0,
    play: async (run) => {
      await run.gateways.fault(DRIPPING, { kind: 'drip' });
      await sendAtOnce(run, SENDS, 10);
    },
    check: lateDepartures,
  },
];

/** Starts that nobody follows up. */
export async function sendAtOnce({ clients }: Run, count: number, parallel: number): Promise<void> {
  let left = count;
  const sender = async () => {
    while (left > 0) {
      left -= 1;
      const phone = newPhone();
      await clients.send({ kind: 'start', phone, address: newAddress(), body: startBody(phone) });
    }
  };
  await Promise.all(Array.from({ length: parallel }, sender));
}

/** Each gateway in turn plays the faults; at the end all of them are well. */
function faulty(name: string, does: string, faults: readonly Fault[]): Scenario {
  return {
    name: `vendor-${name}`,
    what: `each gateway in turn ${does}`,
    recoveryMs: RECOVERY_MS,
    play: async ({ gateways }) => {
      for (const vendor of VENDORS) {
        for (const fault of faults) {
          gateways.heal(vendor);
          await gateways.fault(vendor, fault);
          await sleep(PLAY_MS / Math.min(faults.length, 3));
        }
        gateways.heal(vendor);
      }
    },
  };
}

function lateDepartures(ledgers: Ledgers, terms: Terms): Violation[] {
  const { stories } = storiesOf(ledgers, terms);
  const late = stories.flatMap((story) => {
    const [asked] = acceptedSends(story);
    const taken = story.taken.filter(({ vendor }) => vendor !== DRIPPING);
    return asked ? taken.filter(({ at }) => at - asked.at - asked.ms > LEAVES_WITHIN_MS) : [];
  });
  const others = ledgers.taken.filter(({ vendor }) => vendor !== DRIPPING).length;
  const violations: Violation[] = [];
  if (others < SENDS / 2)
    violations.push({ rule: 'others-leave', what: `only ${others} went through the others`, lines: [] });
  if (late.length > 0)
    violations.push({ rule: 'others-leave', what: `${late.length} left late`, lines: late.map(lineOf) });
  return violations;
}
