// What many users cost: log-ins by code where there are a thousand accounts, and where there are a million, in turns.
import { Customers } from './customers.mjs';
import { progress } from './filling.mjs';
import { OldUsers } from './old-users.mjs';
import { USERS_AIM } from './options.mjs';
import { REQUESTS, supplyFor } from './requests.mjs';
import { mediansOf, slice } from './slices.mjs';
import { table, verdict } from './table.mjs';
import { openLoader, openService } from './targets.mjs';
import { median, takeTurns } from './turns.mjs';

const FEW = 1_000;
const WARM_UP = 2;
/** What the first slice may find prepared, requests/s. */
const FIRST_RATE = 2_000;
const SIDES = ['few', 'many'];

/** @returns by side, the figures of its slices */
export async function measureUsers(run, { users, seconds, rounds, connections }) {
  const loader = openLoader(run);
  const sides = { few: await openSide('few', FEW, run), many: await openSide('many', users, run) };
  let rate = FIRST_RATE;
  const { method, path } = REQUESTS.login;
  const work = (length) => async (name) => {
    const { target, customers, stores } = sides[name];
    const options = { seconds: length, connections };
    const supply = await supplyFor({ customers, stores }, options, 'login', rate);
    const load = { operation: 'login', url: target.url + path, method, ...options, supply, once: true };
    const figures = await slice(loader, target, load);
    rate = length === WARM_UP ? figures.rate : Math.max(rate, figures.rate);
    run.say(
      `users, ${name}: ${figures.rate.toFixed(0)} log-ins/s, ${figures.cpuPerRequest.toFixed(0)} us CPU`,
    );
    return figures;
  };
  run.say('Warming up: users');
  await takeTurns(1, SIDES, work(WARM_UP));
  return takeTurns(rounds, SIDES, work(seconds));
}

async function openSide(name, count, run) {
  const service = await openService(name, {}, run);
  const customers = new Customers(service.target.url, service.secretKey);
  customers.phones = await new OldUsers(service, count, run).write(progress(`users, ${name}`, count, run));
  return { ...service, customers };
}

export function reportOnUsers(slices, { users }) {
  const ratio = median(slices.few.map((few, turn) => slices.many[turn].rate / few.rate));
  return {
    users: { few: FEW, many: users },
    few: mediansOf(slices.few),
    many: mediansOf(slices.many),
    ratio,
    aim: USERS_AIM,
    met: ratio >= USERS_AIM,
  };
}

const COLUMNS = [
  ['users', (users) => String(users)],
  ['log-ins/s', (_, { rate }) => rate.toFixed(0)],
  ['p50 ms', (_, { p50 }) => p50.toFixed(1)],
  ['p99 ms', (_, { p99 }) => p99.toFixed(1)],
  ['CPU us/req', (_, { cpuPerRequest }) => cpuPerRequest.toFixed(0)],
];

export function usersLines({ users, few, many, ratio, aim, met }) {
  return [
    ...table(COLUMNS, [
      [users.few, few],
      [users.many, many],
    ]),
    `users: ${ratio.toFixed(2)} of the log-ins with ${users.few} users (aim >= ${aim.toFixed(2)}: ${verdict(met)})`,
  ];
}
