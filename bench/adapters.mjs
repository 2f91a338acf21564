// The same service on Express and on Fastify: how many requests each answers under the same load, in turns.
import { Customers } from './customers.mjs';
import { newPhones } from './newcomers.mjs';
import { ADAPTERS_AIM } from './options.mjs';
import { ACCOUNTS, REQUESTS } from './requests.mjs';
import { mediansOf, slice } from './slices.mjs';
import { table, verdict } from './table.mjs';
import { openLoader, openService } from './targets.mjs';
import { median, takeTurns } from './turns.mjs';

const PLATFORMS = ['express', 'fastify'];
const WARM_UP = 2;

/** @returns by platform, the figures of its slices */
export async function measureAdapters(run, { seconds, rounds, connections }) {
  const loader = openLoader(run);
  const sides = {};
  for (const platform of PLATFORMS) {
    const { target, secretKey } = await openService(platform, { HTTP_ADAPTER: platform }, run);
    const customers = new Customers(target.url, secretKey);
    run.say(`Registering ${ACCOUNTS} accounts on ${platform}`);
    await customers.register(newPhones(ACCOUNTS));
    const supply = await REQUESTS.me.supply(customers);
    sides[platform] = { target, supply };
  }
  const { method, path } = REQUESTS.me;
  const work = (length) => async (platform) => {
    const { target, supply } = sides[platform];
    const url = target.url + path;
    const load = { operation: 'me', url, method, seconds: length, connections, supply, once: false };
    const figures = await slice(loader, target, load);
    const { rate, cpuPerRequest } = figures;
    run.say(`adapters, ${platform}: ${rate.toFixed(0)}/s, ${cpuPerRequest.toFixed(0)} us CPU`);
    return figures;
  };
  await takeTurns(1, PLATFORMS, work(WARM_UP));
  return takeTurns(rounds, PLATFORMS, work(seconds));
}

export function reportOnAdapters(slices) {
  const ratioOf = (figure) =>
    median(slices.express.map((express, turn) => figure(slices.fastify[turn]) / figure(express)));
  const ratio = ratioOf(({ rate }) => rate);
  const sides = PLATFORMS.map((platform) => [platform, mediansOf(slices[platform])]);
  return {
    ...Object.fromEntries(sides),
    ratio,
    cpuRatio: 1 / ratioOf(({ cpuPerRequest }) => cpuPerRequest),
    aim: ADAPTERS_AIM,
    met: ratio >= ADAPTERS_AIM,
  };
}

const COLUMNS = [
  ['me on', (name) => name],
  ['req/s', (_, { rate }) => rate.toFixed(0)],
  ['p50 ms', (_, { p50 }) => p50.toFixed(1)],
  ['p99 ms', (_, { p99 }) => p99.toFixed(1)],
  ['CPU us/req', (_, { cpuPerRequest }) => cpuPerRequest.toFixed(0)],
];

export function adaptersLines({ express, fastify, ratio, cpuRatio, aim, met }) {
  return [
    ...table(COLUMNS, Object.entries({ express, fastify })),
    `adapters: Fastify answers ${ratio.toFixed(2)} times as many requests (aim >= ${aim}: ${verdict(met)}), and ` +
      `${cpuRatio.toFixed(2)} times as many in the same CPU time of the service`,
  ];
}
