// npm run bench: see options.mjs for what it does and takes.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Child, freePort } from './child.mjs';
import { Customers } from './customers.mjs';
import { HELP, readOptions } from './options.mjs';
import { summarise } from './profile.mjs';
import { asText, profileText, reportOn } from './report.mjs';
import { measureSending } from './sending.mjs';
import { openStores } from './stores.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const SERVICE = here('../dist/src/main.js');
const ACCOUNTS = 200;
const WARM_UP = 1;
const IDLE_MS = 2_000;
const MIB = 1024 * 1024;

/** Limits are on and never met. RESEND_COOLDOWN is not a limit on load: 0 lets one account log in many times. */
const WIDE = {
  RESEND_COOLDOWN: '0',
  PHONE_HOURLY_LIMIT: '1000000',
  PHONE_DAILY_LIMIT: '1000000',
  CHECK_HOURLY_LIMIT: '1000000',
  IP_HOURLY_LIMIT: '1000000',
  SEGMENT_HOURLY_LIMIT: '1000000',
  LIVE_VERIFICATIONS: '1000',
  THROTTLE_PER_MINUTE: '1000000',
};

/**
 * As in production, but for the gateway: `inbox` only says that it took the message. The access log is on.
 * The load comes as if from behind a load balancer.
 */
const SERVICE_ENV = {
  ...WIDE,
  NODE_ENV: 'test',
  HOST: '127.0.0.1',
  LOG_LEVEL: 'info',
  CAPTCHA_MODE: 'never',
  SMS_PROVIDERS: 'inbox',
  TRUSTED_PROXIES: '127.0.0.1',
  ACCESS_TOKEN_TTL: '3600',
};

/** What each operation asks, and what has to be prepared for a slice of it. */
const OPERATIONS = {
  start: { method: 'POST', path: '/v1/verifications', supply: () => [] },
  login: {
    method: 'POST',
    path: '/v1/sessions',
    once: true,
    supply: (customers, requests) => customers.proofs(requests),
  },
  me: {
    method: 'GET',
    path: '/v1/users/me',
    supply: async (customers) => (await customers.sessions(ACCOUNTS)).map(({ accessToken }) => accessToken),
  },
  refresh: {
    method: 'POST',
    path: '/v1/sessions/refresh',
    supply: async (customers, _, connections) =>
      (await customers.sessions(connections)).map(({ refreshToken }) => refreshToken),
  },
};

const say = (text) => process.stderr.write(`${text}\n`);

/** What has to be undone, last first, however the run ends. */
const undoing = [];
let ending;

function end(status) {
  ending ??= (async () => {
    for (const undo of undoing.reverse())
      await Promise.resolve(undo()).catch((error) => say(`Cleaning up: ${error.message}`));
    process.exit(status);
  })();
  return ending;
}

process.on('uncaughtException', (error) => {
  say(error.stack);
  void end(1);
});
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.on(signal, () => {
    if (!ending) say(`${signal}: stopping what was started`);
    void end(status);
  });
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(HELP);
  else await run(options);
  await end(0);
} catch (error) {
  // What fails because everything is being stopped is no news.
  if (!ending) say(error.message);
  await end(1);
}

async function run(options) {
  build();
  const folder = mkdtempSync(join(tmpdir(), 'gatecode-bench-'));
  undoing.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  chmodSync(folder, 0o711); // under root PostgreSQL runs as somebody else, who must get through

  const startup = options.startup ? await measureStartup(folder) : undefined;
  const bench = await openBench(folder);
  const rounds = await measure(bench, options);
  const sending = options.sending ? await measureSending(sendingWith(bench, folder), options) : undefined;
  const { memory, stores } = bench;
  const report = reportOn({
    options,
    stores: stores.description.replace(/, data in [^;]*/, ''),
    startup,
    memory,
    rounds,
    sending,
  });
  process.stdout.write(options.json ? `${JSON.stringify(report, undefined, 2)}\n` : asText(report));
  if (options.profile) await profile(bench, options);
}

function sendingWith({ loader }, folder) {
  return {
    openTarget,
    loader,
    folder,
    undoing,
    say,
    gatewayFile: here('./gateway.mjs'),
    serviceFile: SERVICE,
    serviceEnv: SERVICE_ENV,
  };
}

function build() {
  const { status } = spawnSync(process.execPath, [here('../scripts/build-if-needed.mjs')], {
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error('The build failed');
}

/** @returns seconds from the start of the process to /readyz 200, on a new data folder and once more on the same */
async function measureStartup(folder) {
  const dataDir = join(folder, 'startup');
  const seconds = async () => {
    const port = await freePort();
    const env = { ...process.env, ...SERVICE_ENV, PORT: String(port), DATA_DIR: dataDir };
    delete env.DATABASE_URL;
    delete env.REDIS_URL;
    const service = child({ name: 'the service', file: SERVICE, env, folder });
    const ms = await service.ready(`http://127.0.0.1:${port}/readyz`);
    await service.stop();
    return ms / 1_000;
  };
  say('Starting with embedded stores, twice');
  const first = await seconds();
  const later = await seconds();
  return { first, later };
}

/** Everything a run needs: stores, the service, its customers, the bare process and the load. */
async function openBench(folder) {
  const given = { databaseUrl: process.env.DATABASE_URL, redisUrl: process.env.REDIS_URL };
  const storesFolder = join(folder, 'stores');
  mkdirSync(storesFolder, { mode: 0o711 });
  const stores = await openStores(storesFolder, given, say);
  undoing.push(() => stores.close());
  say(`Stores: ${stores.description}`);

  const secretKey = randomBytes(32);
  const service = await openTarget('the service', SERVICE, '/readyz', folder, {
    ...SERVICE_ENV,
    DATABASE_URL: stores.databaseUrl,
    REDIS_URL: stores.redisUrl,
    SECRET_KEY: secretKey.toString('base64'),
    DATA_DIR: join(folder, 'data'),
  });
  const bare = await openTarget('the bare process', here('./bare.mjs'), '/me', folder, { NODE_ENV: 'test' });
  const loader = child({ name: 'the load', file: here('./load.mjs'), env: process.env, folder });

  await delay(IDLE_MS);
  const { memory } = await service.child.ask('usage');
  const customers = new Customers(service.url, secretKey);
  say(`Registering ${ACCOUNTS} accounts`);
  await customers.register(ACCOUNTS);
  return { stores, service, bare, loader, customers, memory: memory / MIB };
}

async function openTarget(name, file, readyPath, folder, env) {
  const port = await freePort();
  const started = child({ name, file, env: { ...process.env, ...env, PORT: String(port) }, folder });
  const url = `http://127.0.0.1:${port}`;
  await started.ready(url + readyPath);
  return { name, child: started, url };
}

function child({ name, folder, ...rest }) {
  const started = new Child({ name, logFile: join(folder, `${name.replaceAll(' ', '-')}.log`), ...rest });
  undoing.push(() => started.stop());
  return started;
}

/** @returns for each operation, its rounds */
async function measure(bench, options) {
  const rounds = Object.fromEntries(options.operations.map((name) => [name, []]));
  const rates = {};
  for (const name of options.operations) {
    say(`Warming up: ${name}`);
    const warm = await oneRound(bench, { ...options, seconds: WARM_UP }, name, 0, 2_000);
    rates[name] = warm.service.rate;
  }
  for (let round = 0; round < options.rounds; round += 1) {
    for (const name of options.operations) {
      const figures = await oneRound(bench, options, name, round, rates[name]);
      rounds[name].push(figures);
      rates[name] = Math.max(rates[name], figures.service.rate);
      const { bare, service } = figures;
      say(
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
  for (const which of round % 2 ? ['service', 'bare'] : ['bare', 'service']) {
    figures[which] = await slice(bench, options, name, which, supply);
    const { dispatched, ms } = await bench.stores.outbox.drained();
    if (which === 'service') figures.dispatched = { sent: dispatched, ms };
  }
  const { dispatched, service } = figures;
  if (name === 'start' && dispatched.sent !== service.requests) {
    throw new Error(`${service.requests} starts were accepted, but ${dispatched.sent} messages dispatched`);
  }
  return figures;
}

/** Half as much again as the fastest slice so far would use up. */
async function supplyFor({ customers, stores }, { seconds, connections }, name, rate) {
  const requests = Math.ceil(rate * seconds * 1.5) + connections;
  const supply = await OPERATIONS[name].supply(customers, requests, connections);
  await stores.outbox.drained();
  return supply;
}

async function slice(bench, { seconds, connections }, name, which, supply) {
  const target = bench[which];
  const { method, path, once = false } = OPERATIONS[name];
  const barePath = method === 'GET' ? '/me' : '/answer';
  const before = await target.child.ask('usage');
  const figures = await bench.loader.ask('load', {
    operation: name,
    url: target.url + (which === 'bare' ? barePath : path),
    method,
    seconds,
    connections,
    supply,
    once: once && which === 'service',
  });
  const after = await target.child.ask('usage');
  const { count, first } = figures.bad;
  if (count > 0) {
    throw new Error(
      `${name}: ${count} bad answers of ${target.name}; the first: ${first.status} ${first.text}\n` +
        `Its last words:\n${target.child.lastWords()}`,
    );
  }
  const cpu = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
  return { ...figures, cpu: cpu / 1_000, cpuPerRequest: cpu / figures.requests };
}

/** Slices of their own: being profiled costs time. */
async function profile(bench, options) {
  const folder = resolve(options.profile);
  mkdirSync(folder, { recursive: true });
  for (const name of options.operations) {
    say(`Profiling: ${name}`);
    const supply = await supplyFor(bench, options, name, 2_000);
    const file = join(folder, `${name}.cpuprofile`);
    await bench.service.child.ask('profile');
    await slice(bench, options, name, 'service', supply);
    await bench.service.child.ask('profiled', { file });
    await bench.stores.outbox.drained();
    (options.json ? process.stderr : process.stdout).write(`\n${profileText(name, summarise(file))}`);
  }
}
