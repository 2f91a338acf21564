// The same service on Express and on Fastify: how many requests each answers under the same load, in turns.
import { Customers } from './customers.mjs';
import { newPhones } from './newcomers.mjs';
import { table, verdict } from './table.mjs';
import { openLoader, openService } from './targets.mjs';
import { median, takeTurns } from './turns.mjs';

/** Requests for one's own profile on Fastify, as a multiple of those on Express. */
export const ADAPTERS_AIM = 2;

const PLATFORMS = ['express', 'fastify'];
const ACCOUNTS = 200;
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
    const supply = (await customers.sessions(ACCOUNTS)).map(({ accessToken }) => accessToken);
    sides[platform] = { target, supply };
  }
  const work = (length) => (platform) =>
    slice(sides[platform], loader, { seconds: length, connections }).then((figures) => {
      run.say(
        `adapters, ${platform}: ${figures.rate.toFixed(0)}/s, ${figures.cpuPerRequest.toFixed(0)} us CPU`,
      );
      return figures;
    });
  await takeTurns(1, PLATFORMS, work(WARM_UP));
  return takeTurns(rounds, PLATFORMS, work(seconds));
}

export function reportOnAdapters(slices) {
  const ratioOf = (figure) =>
    median(slices.express.map((express, turn) => figure(slices.fastify[turn]) / figure(express)));
  const ratio = ratioOf(({ rate }) => rate);
  const sides = PLATFORMS.map((platform) => [
    platform,
    Object.fromEntries(
      ['rate', 'p50', 'p99', 'cpuPerRequest'].map((name) => [
        name,
        median(slices[platform].map((s) => s[name])),
      ]),
    ),
  ]);
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

async function slice({ target, supply }, loader, { seconds, connections }) {
  const before = await target.child.ask('usage');
  const figures = await loader.ask('load', {
    operation: 'me',
    url: `${target.url}/v1/users/me`,
    method: 'GET',
    seconds,
    connections,
    supply,
    once: false,
  });
  const after = await target.child.ask('usage');
  const { count, first } = figures.bad;
  if (count > 0) {
    throw new Error(
      `${count} bad answers of ${target.name}; the first: ${first.status} ${first.text}\n${target.child.lastWords()}`,
    );
  }
  const cpu = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
  return { ...figures, cpuPerRequest: cpu / figures.requests };
}
