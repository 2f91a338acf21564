// The service beside a bare process: how many requests each answers under the same load.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Customers } from './customers.mjs';
import { newPhones } from './newcomers.mjs';
import { profileText, summarise } from './profile.mjs';
import { ACCOUNTS, REQUESTS, supplyFor } from './requests.mjs';
import { slice } from './slices.mjs';
import { here, openLoader, openService, openTarget } from './targets.mjs';
import { inTurn } from './turns.mjs';

const WARM_UP = 1;
const IDLE_MS = 2_000;
const MIB = 1024 * 1024;

/** @returns MiB of the idle service, what the stores are, for each operation its rounds, and texts of profiles */
export async function compareOperations(run, options) {
  const bench = await openBench(run, options);
  const rounds = await measure(bench, options);
  const profiles = options.profile ? await profile(bench, options) : [];
  const stores = bench.stores.description.replace(/, data in [^;]*/, '');
  return { memory: bench.memory, stores, rounds, profiles };
}

/** Everything this takes: the service with its stores, its customers, the bare process and the load. */
async function openBench(run, { operations }) {
  const given = { databaseUrl: process.env.DATABASE_URL, redisUrl: process.env.REDIS_URL };
  const { target: service, stores, secretKey } = await openService('main', {}, run, given);
  run.say(`Stores: ${stores.description}`);
  const bare = await openTarget('the bare process', here('./bare.mjs'), '/me', { NODE_ENV: 'test' }, run);
  const loader = openLoader(run);

  await delay(IDLE_MS);
  const { memory } = await service.child.ask('usage');
  const customers = new Customers(service.url, secretKey);
  if (operations.length > 0) {
    run.say(`Registering ${ACCOUNTS} accounts`);
    await customers.register(newPhones(ACCOUNTS));
  }
  return { stores, service, bare, loader, customers, memory: memory / MIB, say: run.say };
}

/** @returns for each operation, its rounds */
async function measure(bench, options) {
  const rounds = Object.fromEntries(options.operations.map((name) => [name, []]));
  const rates = {};
  for (const name of options.operations) {
    bench.say(`Warming up: ${name}`);
    const warm = await oneRound(bench, { ...options, seconds: WARM_UP }, name, 0, 2_000);
    rates[name] = warm.service.rate;
  }
  for (let round = 0; round < options.rounds; round += 1) {
    for (const name of options.operations) {
      const figures = await oneRound(bench, options, name, round, rates[name]);
      rounds[name].push(figures);
      rates[name] = Math.max(rates[name], figures.service.rate);
      const { bare, service } = figures;
      bench.say(
        `Round ${round + 1}, ${name}: bare ${bare.rate.toFixed(0)}/s, service ${service.rate.toFixed(0)}/s, ` +
          `ratio ${(service.rate / bare.rate).toFixed(3)}`,
      );
    }
  }
  return rounds;
}

/** One slice each, in changing order. Outside of slices the outbox is empty and nothing else goes on. */
async function oneRound(bench, options, name, round, rate) {
  const supply = await supplyFor(bench, options, name, rate);
  const figures = {};
  for (const which of inTurn(round, ['bare', 'service'])) {
    figures[which] = await sliceOf(bench, options, name, which, supply);
    const { dispatched, ms } = await bench.stores.outbox.drained();
    if (which === 'service') figures.dispatched = { sent: dispatched, ms };
  }
  const { dispatched, service } = figures;
  if (name === 'start' && dispatched.sent !== service.requests) {
    throw new Error(`${service.requests} starts were accepted, but ${dispatched.sent} messages dispatched`);
  }
  return figures;
}

async function sliceOf(bench, { seconds, connections }, name, which, supply) {
  const { method, path, once = false } = REQUESTS[name];
  const barePath = method === 'GET' ? '/me' : '/answer';
  return slice(bench.loader, bench[which], {
    operation: name,
    url: bench[which].url + (which === 'bare' ? barePath : path),
    method,
    seconds,
    connections,
    supply,
    once: once && which === 'service',
  });
}

/** Slices of their own: being profiled costs time. @returns texts for people */
async function profile(bench, options) {
  const folder = resolve(options.profile);
  mkdirSync(folder, { recursive: true });
  const texts = [];
  for (const name of options.operations) {
    bench.say(`Profiling: ${name}`);
    const supply = await supplyFor(bench, options, name, 2_000);
    const file = join(folder, `${name}.cpuprofile`);
    await bench.service.child.ask('profile');
    await sliceOf(bench, options, name, 'service', supply);
    await bench.service.child.ask('profiled', { file });
    await bench.stores.outbox.drained();
    texts.push(profileText(name, summarise(file)));
  }
  return texts;
}
