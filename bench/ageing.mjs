// What old data costs: one service has next to none, the other a million old messages and a million keys in Redis.
import { setTimeout as delay } from 'node:timers/promises';
import { OneByOne } from './client.mjs';
import { Customers } from './customers.mjs';
import { progress } from './filling.mjs';
import { arrivalAt, luosimaoAt, NearGateway } from './gateways.mjs';
import { newPhone, newPhones } from './newcomers.mjs';
import { OldKeys } from './old-keys.mjs';
import { OldMessages } from './old-messages.mjs';
import { openService } from './targets.mjs';
import { takeTurns } from './turns.mjs';

const ACCOUNTS = 200;
const WARM_UP = 100;
const SETTLED_MS = 10_000;
/** With a million keys js-redis-server takes 3 GiB, and every now and then stands still for as long as half a second. */
const MOST_OF_JS_REDIS = 100_000;

/** @returns for each operation milliseconds by side, and what the stores were */
export async function measureAgeing(run, { old, pairs }) {
  const sides = { new: await openSide('new', run), old: await openSide('old', run) };
  const { stores } = sides.old.service;
  if (stores.description.includes('js-redis-server') && old > MOST_OF_JS_REDIS) {
    throw new Error(
      `js-redis-server does not bear ${old} keys: put a redis-server on the PATH, or take --old ${MOST_OF_JS_REDIS}`,
    );
  }
  const messages = new OldMessages(sides.old.service, old, run);
  const keys = new OldKeys(sides.old.service, old, run);
  await messages.write(progress('messages', old, run));
  await keys.write(progress('Redis keys', old, run));
  for (const side of Object.values(sides)) await settleIn(side);
  const turns = (count) => takeTurns(count, Object.keys(sides), (name, turn) => visit(sides[name], turn));
  run.say('Warming up: ageing');
  await turns(WARM_UP);
  run.say(`Measuring ${pairs} pairs`);
  const visits = await turns(pairs);
  await messages.mustBeThere();
  await keys.mustBeThere();
  return { operations: byOperation(visits), stores: stores.description };
}

async function openSide(name, run) {
  const gateway = await new NearGateway().open(run);
  const operator = newPhone();
  const service = await openService(
    name,
    { SMS_PROVIDERS: 'luosimao', ...luosimaoAt(gateway.url), ADMIN_PHONES: operator },
    run,
  );
  const { target, secretKey } = service;
  const customers = new Customers(target.url, secretKey);
  return { service, gateway, operator, customers, client: new OneByOne(target, run) };
}

/** The first account is the operator's. */
async function settleIn(side) {
  await side.customers.register([side.operator, ...newPhones(ACCOUNTS - 1)]);
  const [{ accessToken }] = await side.customers.sessions(1);
  side.accessToken = accessToken;
  await side.service.stores.outbox.quiet();
}

/** What a user does, and an operator after that. One code is typed to log in, one buys a ticket. @returns milliseconds */
async function visit(side, turn) {
  const { customers, client, accessToken } = side;
  const phone = customers.phones[turn % customers.phones.length];
  const times = { start: [], arrival: [], status: [] };
  const timed = async (name, work) => {
    const startedAt = performance.now();
    await work();
    times[name] = [performance.now() - startedAt];
  };
  const first = await verification(side, phone, times);
  await timed('login', () => client.post('/v1/sessions', { grant: 'code', ...first }));
  const { verificationId, code } = await verification(side, phone, times);
  await timed('check', () => client.post(`/v1/verifications/${verificationId}/check`, { code }));
  const path = `/v1/admin/messages?phone=${encodeURIComponent(phone)}`;
  await timed('search', () => client.get(path, accessToken));
  return times;
}

/** @returns what its reader would type */
async function verification({ client, gateway, customers }, phone, { start, arrival, status }) {
  const arriving = arrivalAt([gateway], phone);
  const startedAt = performance.now();
  const started = client.post('/v1/verifications', { phone, purpose: 'login' }).then((body) => {
    start.push(performance.now() - startedAt);
    return body;
  });
  const [{ verificationId }, { at }] = await Promise.all([started, arriving]);
  arrival.push(at - startedAt);
  const path = `/v1/verifications/${verificationId}`;
  await sent(client, path);
  const askedAt = performance.now();
  await client.get(path);
  status.push(performance.now() - askedAt);
  return { verificationId, code: customers.codeOf(verificationId) };
}

/** Until then the service is still busy with the message. */
async function sent(client, path) {
  const startedAt = performance.now();
  while ((await client.get(path)).status !== 'sent') {
    if (performance.now() - startedAt > SETTLED_MS) throw new Error('A message is not settled');
    await delay(1);
  }
}

function byOperation(visits) {
  const times = (name, side) => visits[side].flatMap((each) => each[name]);
  const names = Object.keys(visits.new[0]);
  return Object.fromEntries(
    names.map((name) => [name, { new: times(name, 'new'), old: times(name, 'old') }]),
  );
}
