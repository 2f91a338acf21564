// How much slower starts are for a gateway that takes its time: one service sends through one that answers after
// 200 ms, the other through one that answers at once and does nothing.
import { luosimaoAt } from './gateways.mjs';
import { REQUESTS } from './requests.mjs';
import { slice } from './slices.mjs';
import { here, openLoader, openService, openTarget } from './targets.mjs';
import { inTurn } from './turns.mjs';

/** Parallel starts. */
const CONNECTIONS = 256;
const WARM_UP = 1;

/** @returns rounds of `{noop, gateway}`, the figures of one slice each, and the most calls that were under way at once */
export async function measureSending(run, { seconds, rounds }) {
  const gateway = await openTarget('the gateway', here('./gateway.mjs'), '/most', {}, run);
  const loader = openLoader(run);
  const sides = {
    noop: await openService('noop', { SMS_PROVIDERS: 'inbox' }, run),
    gateway: await openService('gateway', { SMS_PROVIDERS: 'luosimao', ...luosimaoAt(gateway.url) }, run),
  };
  for (const side of Object.values(sides)) await sendingSlice(side, loader, WARM_UP);
  const measured = [];
  for (let round = 0; round < rounds; round += 1) {
    const figures = {};
    for (const name of inTurn(round, ['noop', 'gateway'])) {
      figures[name] = await sendingSlice(sides[name], loader, seconds);
    }
    measured.push(figures);
    const [noop, slow] = [figures.noop.rate, figures.gateway.rate];
    run.say(`Round ${round + 1}, sending: at once ${noop.toFixed(0)}/s, after 200 ms ${slow.toFixed(0)}/s`);
  }
  const most = Number(await (await fetch(`${gateway.url}/most`)).text());
  return { rounds: measured, most };
}

/** Every start that was accepted has to end as a message that the gateway took. */
async function sendingSlice({ target, stores }, loader, seconds) {
  const { method, path } = REQUESTS.start;
  const figures = await slice(loader, target, {
    operation: 'start',
    url: target.url + path,
    method,
    seconds,
    connections: CONNECTIONS,
    supply: [],
    once: false,
  });
  const { dispatched, ms } = await stores.outbox.drained();
  if (dispatched !== figures.requests) {
    throw new Error(`${figures.requests} starts were accepted, but ${dispatched} messages taken`);
  }
  return { ...figures, drainedMs: ms };
}
