// `npm run demo -- --faults`: what becomes of messages while gateways fail, and what an operator sees of it.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  begin,
  call,
  chapter,
  dim,
  must,
  newPhone,
  note,
  otherThan,
  paint,
  useService,
} from './demo-client.mjs';
import { SimulatedGateways } from './demo-gateways.mjs';
import { Operator } from './demo-operator.mjs';
import { startService } from './demo-service.mjs';

const STATUS_MS = 10_000;
/** Faults that open a circuit. */
const FAULTS = 5;
/** Seconds between two messages to one number: short enough to be watched. */
const COOLDOWN = 5;
/** A code that took this long waited for something, e.g. the time-out of a gateway (five seconds). */
const SLOW_MS = 2_500;
const NO_BALANCE = { kind: 'refuse', code: '160014', text: '账户余额不足' };

let gateways;
let baseUrl;
let receiptToken;
let people;

/** The caller ends the service that it starts. */
export async function playFaults() {
  people = [];
  receiptToken = randomBytes(24).toString('hex');
  gateways = await SimulatedGateways.start();
  try {
    const adminPhone = newPhone();
    await startAll(adminPhone);
    await tell(adminPhone);
  } finally {
    await gateways.stop();
  }
}

async function startAll(adminPhone) {
  console.log(
    'Simulated gateways, in order of preference (npm run simulators -- --help tells what they can do):',
  );
  for (const [vendor, address] of gateways.addresses) console.log(`  ${vendor.padEnd(9)} ${address}`);
  console.log('Starting a service of its own that sends through them...');
  baseUrl = await startService(environment(adminPhone));
  useService(baseUrl);
  console.log(`It listens at ${baseUrl}`);
}

/** Nothing of the shell's but what programs need to run: the story must not depend on it. */
function environment(adminPhone) {
  const needed = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LD_LIBRARY_PATH'];
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => needed.includes(name))),
    ...gateways.variables,
    SMS_PRICES: 'tencent:5,ronglian:4,luosimao:6',
    SMS_RECEIPT_TOKEN: receiptToken,
    ADMIN_PHONES: adminPhone,
    RESEND_COOLDOWN: String(COOLDOWN),
    // One address asks for all of them, and often how they are.
    CAPTCHA_MODE: 'never',
    IP_HOURLY_LIMIT: '100',
    THROTTLE_PER_MINUTE: '3000',
  };
}

async function tell(adminPhone) {
  const operator = await operatorComesIn(adminPhone);
  const usual = await allIsWell();
  const asksAgain = await tencentGoesDown(operator, usual);
  const failedOver = await ronglianIsOutOfBalance(operator);
  const rerouted = await messageIsNotDelivered();
  await tencentComesBack(operator, asksAgain);
  await operatorLooksBack(operator, failedOver, rerouted);
  await operatorDrains(operator);
  total();
}

async function operatorComesIn(phone) {
  chapter('1. An operator comes in');
  const person = await ask('the operator asks for a code, as everybody does', phone);
  await gets(person, 'tencent');
  const { accessToken } = await logIn(person, 'log in with it: the number is among ADMIN_PHONES');
  const { roles } = JSON.parse(Buffer.from(accessToken.split('.')[1], 'base64url').toString());
  must(roles?.includes('admin'), 'the token does not hold the role admin');
  note(`roles in the token: ${roles.join(', ')}`);
  return new Operator(accessToken);
}

async function allIsWell() {
  chapter('2. All is well');
  const person = await ask('somebody asks for a code');
  const message = await gets(person, 'tencent');
  await gateways.report('tencent', message, 'delivered', hookOf('tencent'));
  await becomes(person, 'delivered');
  return person.ms;
}

async function tencentGoesDown(operator, usual) {
  chapter('3. Tencent goes down');
  const first = newPhone();
  begin('from now on tencent answers 500; it takes one more message before that');
  await gateways.play('tencent', { kind: 'status', status: 500, taken: true, to: first.slice(3) });
  await gateways.play('tencent', { kind: 'status', status: 500 });
  const asksAgain = await ask('somebody asks for a code: nobody knows whether it was taken', first);
  await becomes(asksAgain, 'unknown');
  await gets(asksAgain, 'tencent');
  begin('asking for it again at once is too soon, and nothing is sent twice unasked');
  const resend = `/v1/verifications/${asksAgain.verificationId}/resend`;
  await call('POST', resend, { body: {}, expect: 429 });
  for (let fault = 2; fault <= FAULTS; fault += 1)
    await becomes(await ask(`fault ${fault} of ${FAULTS}`), 'unknown');
  const { tencent } = await operator.providers(
    'the circuit of tencent is open: it is not called any more',
    ({ tencent }) => tencent.circuit === 'open' && tencent.lastHour.unknown === FAULTS,
    `open circuit after ${FAULTS} faults`,
  );
  must(tencent.probeIn <= 15, `the next probe is in ${tencent.probeIn} s, not within 15`);
  const next = await ask('the next one gets the code through ronglian at once');
  await gets(next, 'ronglian');
  note(`${next.ms} ms from request to gateway; ${usual} ms when all was well`);
  must(next.ms < SLOW_MS, `that took ${next.ms} ms, as if something had been waited for`);
  await logIn(next, 'log in with that code');
  return asksAgain;
}

async function ronglianIsOutOfBalance(operator) {
  chapter('4. Ronglian has no balance left');
  begin('from now on ronglian refuses');
  await gateways.play('ronglian', NO_BALANCE);
  const person = await ask('ronglian refuses, and luosimao takes the same message');
  const message = await gets(person, 'luosimao');
  must(
    gateways.wasAsked('ronglian', person.phone, person.code),
    'ronglian was not asked before, or for another code',
  );
  await operator.providers(
    'the operator sees the refusal',
    ({ tencent, ronglian }) => ronglian.lastHour.refused === 1 && tencent.lastHour.unknown === FAULTS,
    'one more refusal of ronglian, without another call of tencent',
  );
  await gateways.report('luosimao', message, 'delivered', hookOf('luosimao'));
  await becomes(person, 'delivered');
  begin('mistype the code');
  const wrong = { grant: 'code', verificationId: person.verificationId, code: otherThan(person.code) };
  await call('POST', '/v1/sessions', { body: wrong, expect: 422 });
  await logIn(person, 'log in with the right one');
  begin('the account of ronglian is charged again');
  await gateways.heal('ronglian');
  return person;
}

async function messageIsNotDelivered() {
  chapter('5. A message is taken, but does not arrive');
  const person = await ask('somebody asks for a code');
  const message = await gets(person, 'ronglian');
  await gateways.report('ronglian', message, 'undelivered', hookOf('ronglian'));
  begin('the reader still waits: the same code goes through luosimao, unasked');
  const again = await gets(person, 'luosimao');
  await gateways.report('luosimao', again, 'delivered', hookOf('luosimao'));
  await becomes(person, 'delivered');
  await logIn(person, 'log in with it');
  return person;
}

async function tencentComesBack(operator, asksAgain) {
  chapter('6. Tencent comes back');
  begin('tencent is mended');
  await gateways.heal('tencent');
  await resend(asksAgain);
  const { tencent } = await operator.providers(
    'its circuit is still open: nobody has tried',
    ({ tencent }) => tencent.circuit === 'open',
    'open circuit',
  );
  await countDown('the probe', tencent.probeIn);
  await gets(await ask('one message probes'), 'tencent');
  await operator.providers(
    'the circuit is closed',
    ({ tencent }) => tencent.circuit === 'closed',
    'closed circuit',
  );
  await gets(await ask('the next one goes through tencent as before'), 'tencent');
}

/** Only its reader can have a message sent again of which nobody knows what became. */
async function resend(person) {
  const { resendAvailableAt } = await statusOf(person, 'one of the five asks again, after the cool-down');
  await countDown('the cool-down', Math.ceil((Date.parse(resendAvailableAt) - Date.now()) / 1_000));
  await call('POST', `/v1/verifications/${person.verificationId}/resend`, { body: {}, expect: 202 });
  begin('it is the same code, through another gateway than before');
  await gets(person, 'ronglian');
  await logIn(person, 'log in with it');
}

async function operatorLooksBack(operator, failedOver, rerouted) {
  chapter('7. The operator looks back');
  const [message] = await operator.messages(failedOver.phone, 1);
  const told = await operator.timeline(message.id, 'what became of the message of 4');
  tells(told, 'admitted queued attempt attempt receipt check.mismatch verified approved');
  const [admitted, , refused, accepted] = told.map(({ detail }) => detail);
  must(admitted.hour === 0 && admitted.day === 0, 'it was not admitted as the first of its number');
  must(refused.provider === 'ronglian' && refused.vendorCode === NO_BALANCE.code, 'the refusal is not told');
  must(/balance/.test(refused.reading), `the refusal is read as "${refused.reading}"`);
  must(
    accepted.provider === 'luosimao' && /^after ronglian/.test(accepted.route),
    'the fail-over is not told',
  );

  const [first, second] = await operator.messages(rerouted.phone, 2);
  const lost = await operator.timeline(first.id, 'what became of the message of 5');
  tells(lost, 'admitted queued attempt receipt rerouted verified');
  must(lost[4].detail.to === second.id, 'it does not name the message that took its place');
  const found = await operator.timeline(second.id, 'and of the one that took its place');
  must(found[0].detail.from === first.id, 'it does not name the message before');
  must(found[1].detail.avoid === 'ronglian', 'it does not say which gateway it avoids');
  must(found.at(-1).what === 'approved', 'it does not end approved');
  for (const { code, phone } of people)
    must(
      !JSON.stringify([told, lost, found]).match(`${code}|${phone.slice(3)}`),
      'a timeline holds a secret',
    );
}

async function operatorDrains(operator) {
  await operator.drain('tencent', true);
  await operator.providers('it is drained', ({ tencent }) => tencent.drained, 'drained gateway');
  await gets(await ask('the next message goes elsewhere'), 'ronglian');
  await operator.drain('tencent', false);
  await gets(await ask('and the one after it through tencent again'), 'tencent');
}

function total() {
  chapter('8. Totals');
  begin('count what the gateways took: nothing that was not told above, and one code for each verification');
  const { messages } = gateways;
  for (const [vendor] of gateways.addresses) {
    const taken = messages.filter((message) => message.vendor === vendor).length;
    const told = people.flatMap(({ via }) => via).filter((via) => via === vendor).length;
    note(`${vendor.padEnd(9)} ${taken} messages`);
    must(taken === told, `${vendor} took ${taken} messages, and the story tells of ${told}`);
  }
  for (const { phone, code } of people) {
    const codes = new Set(
      messages.filter((message) => phone.endsWith(message.phone)).map(({ code }) => code),
    );
    must(codes.size <= 1 && (!code || codes.has(code)), 'a verification had two codes');
  }
  const twice = people.filter(({ via }) => via.length > 1).length;
  note(
    `${people.length} verifications, ${messages.length} messages; ${twice} had two messages, with one code`,
  );
  console.log();
}

// --- What people do

/** Somebody new asks for a code. @returns them */
async function ask(title, phone = newPhone()) {
  begin(title);
  const askedAt = Date.now();
  const body = { phone, purpose: 'login' };
  const { verificationId } = await call('POST', '/v1/verifications', { body, expect: 202 });
  const person = { phone, verificationId, askedAt, via: [] };
  people.push(person);
  return person;
}

/** Waits for a person's message at a gateway; it must hold the code that they have already, if they have one. */
async function gets(person, vendor) {
  const message = await gateways.taken(vendor, person.phone);
  person.ms ??= Date.parse(message.receivedAt) - person.askedAt;
  must(/^\d{6}$/.test(message.code), 'the message holds no code');
  must(!person.code || message.code === person.code, 'it is another code than before');
  person.code = message.code;
  person.via.push(vendor);
  return message;
}

function statusOf(person, title) {
  begin(title);
  return call('GET', `/v1/verifications/${person.verificationId}`, { expect: 200 });
}

function becomes(person, status) {
  return call('GET', `/v1/verifications/${person.verificationId}`, {
    expect: 200,
    within: STATUS_MS,
    until: (body) => body.status === status,
    what: `status ${status}`,
  });
}

function logIn({ verificationId, code }, title) {
  begin(title);
  const body = { grant: 'code', verificationId, code, createUser: true };
  return call('POST', '/v1/sessions', { body, expect: 201 });
}

function hookOf(vendor) {
  return `${baseUrl}/v1/hooks/sms/${vendor}/${receiptToken}`;
}

function tells(timeline, order) {
  const told = timeline.map(({ what }) => what).join(' ');
  must(told === order, `the timeline tells "${told}", not "${order}"`);
}

/** A bar that runs in a terminal; elsewhere a line. */
async function countDown(what, seconds) {
  if (!process.stdout.isTTY) note(`waiting ${Math.max(0, seconds)} s for ${what}`);
  for (let left = seconds; left > 0; left -= 1) {
    const bar = paint(36, '█'.repeat(seconds - left)) + dim('░'.repeat(left));
    if (process.stdout.isTTY) process.stdout.write(`\r           ${bar} ${what} in ${left} s \u001b[K`);
    await delay(1_000);
  }
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K');
}
