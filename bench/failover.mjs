// What it costs that the first gateway is out of order, once its circuit is open: one service has such a gateway
// before the one that takes its messages, the other has the second alone.
import { setTimeout as delay } from 'node:timers/promises';
import { OneByOne } from './client.mjs';
import { arrivalAt, luosimaoAt, NearGateway, ronglianAt } from './gateways.mjs';
import { newPhone } from './newcomers.mjs';
import { openService } from './targets.mjs';
import { takeTurns } from './turns.mjs';

const WARM_UP = 100;
/** So many messages in a row that go past the broken gateway: its circuit is open. */
const PAST_IT = 5;
const MOST_UNTIL_OPEN = 50;
/** Longer than the pause before a call is repeated, milliseconds. */
const REPEATED_AFTER_MS = 1_000;

/**
 * @returns milliseconds from each start to the moment when the gateway has its message, by side, and how many messages
 * were sent to try the broken gateway again: these are lost to it and are no part of the figures
 */
export async function measureFailover(run, { pairs }) {
  const broken = await new NearGateway(500).open(run);
  const sides = {
    open: await openSide('open', 'ronglian,luosimao', ronglianAt(broken.url), run),
    plain: await openSide('plain', 'luosimao', {}, run),
  };
  run.say('Opening the circuit of the first gateway');
  await openCircuit(sides.open, broken);
  await takeTurns(WARM_UP, Object.keys(sides), (name) => arrival(sides[name], broken));
  run.say(`Measuring ${pairs} pairs`);
  let probes = 0;
  const ms = await takeTurns(pairs, Object.keys(sides), async (name) => {
    for (;;) {
      const measured = await arrival(sides[name], broken);
      if (measured !== undefined) return measured;
      probes += 1;
      if (probes > pairs) throw new Error('The circuit of the broken gateway does not stay open');
    }
  });
  return { ms, probes };
}

async function openSide(name, providers, env, run) {
  const gateway = await new NearGateway().open(run);
  const { target } = await openService(
    name,
    { SMS_PROVIDERS: providers, ...luosimaoAt(gateway.url), ...env },
    run,
  );
  return { gateway, client: new OneByOne(target, run) };
}

async function openCircuit(side, broken) {
  let past = 0;
  for (let started = 0; past < PAST_IT; started += 1) {
    if (started === MOST_UNTIL_OPEN) {
      throw new Error(`The circuit of the broken gateway is not open after ${broken.calls} calls`);
    }
    if ((await arrival(side, broken)) !== undefined) past += 1;
    else {
      past = 0;
      await delay(REPEATED_AFTER_MS);
    }
  }
}

/** @returns milliseconds; undefined when the message went to the broken gateway, which nobody repeats elsewhere */
async function arrival({ gateway, client }, broken) {
  const phone = newPhone();
  const arriving = arrivalAt([gateway, broken], phone);
  const startedAt = performance.now();
  const started = client.post('/v1/verifications', { phone, purpose: 'login' });
  const [arrived] = await Promise.all([arriving, started]);
  return arrived.gateway === broken ? undefined : arrived.at - startedAt;
}
