// The service beside a minimal process that does the same work in Redis and PostgreSQL and nothing else, in turns.
import { Customers } from './customers.mjs';
import { newPhones } from './newcomers.mjs';
import { WORK_AIMS } from './options.mjs';
import { ACCOUNTS, REQUESTS, supplyFor } from './requests.mjs';
import { mediansOf, slice } from './slices.mjs';
import { table, verdict } from './table.mjs';
import { here, openLoader, openService, openTarget } from './targets.mjs';
import { median, takeTurns } from './turns.mjs';

const WARM_UP = 2;
/** What the first slice may find prepared, requests/s. */
const FIRST_RATE = 2_000;
/** `signed` is the minimal process again, signing tokens: a profile needs none. */
const SIDES = { login: ['minimal', 'signed', 'service'], me: ['minimal', 'service'] };
const sidesOf = (name) => SIDES[name] ?? SIDES.login;

/** @returns for each operation, by side, the figures of its slices */
export async function measureWork(run, options) {
  const { target, stores, secretKey } = await openService('work', {}, run);
  const env = { NODE_ENV: 'test', DATABASE_URL: stores.databaseUrl, REDIS_URL: stores.redisUrl };
  const minimal = await openTarget('the minimal process', here('./minimal.mjs'), '/ready', env, run);
  const customers = new Customers(target.url, secretKey);
  run.say(`Registering ${ACCOUNTS} accounts: work`);
  await customers.register(newPhones(ACCOUNTS));
  const bench = { stores, customers, minimal, service: target, loader: openLoader(run), say: run.say };
  const measured = {};
  for (const name of Object.keys(WORK_AIMS)) measured[name] = await measure(bench, options, name);
  return measured;
}

async function measure(bench, options, name) {
  const sides = sidesOf(name);
  const rates = Object.fromEntries(sides.map((side) => [side, FIRST_RATE]));
  const work = (seconds) => async (side) => {
    const figures = await sliceOf(bench, { ...options, seconds }, name, side, rates[side]);
    rates[side] = Math.max(figures.rate, seconds === WARM_UP ? 0 : rates[side]);
    bench.say(
      `work, ${name}, ${side}: ${figures.rate.toFixed(0)}/s, ${figures.cpuPerRequest.toFixed(0)} us CPU`,
    );
    return figures;
  };
  bench.say(`Warming up: work, ${name}`);
  await takeTurns(1, sides, work(WARM_UP));
  return takeTurns(options.rounds, sides, work(options.seconds));
}

async function sliceOf(bench, options, name, side, rate) {
  const { method, path, once = false } = REQUESTS[name];
  const target = side === 'service' ? bench.service : bench.minimal;
  const paths = { minimal: path.slice('/v1'.length), signed: path.replace('/v1', '/signed'), service: path };
  const { seconds, connections } = options;
  const supply = await supplyFor(bench, options, name, rate);
  const url = target.url + paths[side];
  return slice(bench.loader, target, { operation: name, url, method, seconds, connections, supply, once });
}

export function reportOnWork(measured) {
  const each = Object.entries(measured).map(([name, sides]) => {
    const ratioTo = (side, figure) =>
      sides[side] &&
      median(sides.service.map((service, turn) => figure(service) / figure(sides[side][turn])));
    const ratio = ratioTo('minimal', ({ rate }) => rate);
    const aim = WORK_AIMS[name];
    return [
      name,
      {
        ...Object.fromEntries(Object.entries(sides).map(([side, slices]) => [side, mediansOf(slices)])),
        ratio,
        ratioToSigned: ratioTo('signed', ({ rate }) => rate),
        cpuRatio: 1 / ratioTo('minimal', ({ cpuPerRequest }) => cpuPerRequest),
        aim,
        met: ratio >= aim,
      },
    ];
  });
  return { operations: Object.fromEntries(each), met: each.every(([, { met }]) => met) };
}

const COLUMNS = [
  ['same work', (name) => name],
  ['minimal req/s', (_, { minimal }) => minimal.rate.toFixed(0)],
  ['signing', (_, { signed }) => signed?.rate.toFixed(0) ?? '-'],
  ['service req/s', (_, { service }) => service.rate.toFixed(0)],
  ['ratio', (_, { ratio }) => ratio.toFixed(3)],
  ['aim', (_, { aim, met }) => `>= ${aim.toFixed(2)} ${verdict(met)}`],
  ['to signing', (_, { ratioToSigned }) => ratioToSigned?.toFixed(3) ?? '-'],
  ['p99 ms', (_, { service }) => service.p99.toFixed(1)],
  ['minimal p99', (_, { minimal }) => minimal.p99.toFixed(1)],
  ['CPU us/req', (_, { service }) => service.cpuPerRequest.toFixed(0)],
  ['minimal', (_, { minimal }) => minimal.cpuPerRequest.toFixed(0)],
];

export function workLines({ operations }) {
  return [
    ...table(COLUMNS, Object.entries(operations)),
    'work: the minimal NestJS process runs the same scripts and statements and nothing else; signing: and signs a token',
  ];
}
