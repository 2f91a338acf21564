// How the demos come to codes: captchas that are solved, and messages that are read.
import { pbkdf2Sync } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { begin, call, fetchOrExplain, must, request, show } from './demo-client.mjs';

const CODE_MS = 20_000;

let simulator;

/** Where messages arrive, when that is not the service's inbox. */
export function useSimulator(url) {
  simulator = url;
}

/** Outside production the service tells the text of its image; else the demo computes a proof of work. */
export async function solveCaptcha() {
  begin('ask for a captcha');
  const image = await call('POST', '/v1/captchas', { body: { kind: 'image' }, expect: 201 });
  const since = new Date(Date.parse(image.date) - 5_000).toISOString();
  begin('solve the captcha');
  const { status, body } = await request('GET', `/dev/captchas/${image.captchaId}`);
  if (status === 200) {
    show('GET', `/dev/captchas/${image.captchaId}`, undefined, status, body);
    return withSince({ captchaId: image.captchaId, answer: body.answer }, since);
  }
  const pow = await call('POST', '/v1/captchas', { body: { kind: 'pow' }, expect: 201 });
  return withSince({ captchaId: pow.captchaId, answer: prove(pow.challenge) }, since);
}

/** `since` goes along for us only: the body of the request must not hold it. */
function withSince(captcha, since) {
  return Object.defineProperty(captcha, 'since', { value: since, enumerable: false });
}

/** ALTCHA v2: the first counter whose derived key begins with the prefix. */
function prove(challenge) {
  const { nonce, salt, cost, keyLength, keyPrefix } = challenge.parameters;
  const password = Buffer.concat([Buffer.from(nonce, 'hex'), Buffer.alloc(4)]);
  for (let counter = 0; ; counter++) {
    password.writeUInt32BE(counter, password.length - 4);
    const key = pbkdf2Sync(password, Buffer.from(salt, 'hex'), cost, keyLength, 'sha256').toString('hex');
    if (!key.startsWith(keyPrefix)) continue;
    const payload = { challenge, solution: { counter, derivedKey: key, time: 0 } };
    return Buffer.from(JSON.stringify(payload)).toString('base64');
  }
}

export async function readCode(phone, purpose, since) {
  begin(simulator ? 'read the message at the simulated gateway' : 'read the message in the inbox');
  if (simulator) return readLedger(phone);
  const query = [
    `to=${encodeURIComponent(phone)}`,
    `purpose=${purpose}`,
    `after=${encodeURIComponent(since)}`,
    'waitMs=10000',
  ].join('&');
  const { code } = await call('GET', `/dev/messages/latest?${query}`, { expect: 200 });
  must(/^\d{6,10}$/.test(code), 'the message holds no code');
  return code;
}

async function readLedger(phone) {
  const address = `${simulator}/__ledger`;
  const until = Date.now() + CODE_MS;
  while (Date.now() < until) {
    const answer = await fetchOrExplain(address);
    const ledger = await answer.json();
    const message = ledger.messages.findLast(({ to }) => phone.endsWith(to.replace(/^\+86/, '')));
    if (message) {
      show('GET', address, undefined, answer.status, message);
      return message.code;
    }
    await delay(100);
  }
  throw new Error(`the simulator got no message within ${CODE_MS / 1_000} s`);
}
