// `npm run demo -- --register-steps`: registration in steps, which is left in the middle and gone on with.
import { randomInt } from 'node:crypto';
import { readCode, solveCaptcha } from './demo-codes.mjs';
import { begin, call, chapter, must, newPhone, note, otherThan } from './demo-client.mjs';

export async function walkSteps() {
  const account = {
    phone: newPhone(),
    password: `demo ${randomInt(1e9)} horse`,
    username: `demo_${randomInt(1e9)}`,
  };
  const kept = await proveNumber(account.phone);
  await goOnWith(kept, account.password);
  const registered = await giveName(kept, account);
  await completeTwice(kept, registered);
  await logIn(account, registered);
}

/** @returns all that the app keeps when it is closed */
async function proveNumber(phone) {
  chapter('1. The number');
  const captcha = await solveCaptcha();
  begin('begin to register: a code is sent, and a token opens the further steps');
  const started = await call('POST', '/v1/registrations', { body: { phone, captcha }, expect: 202 });
  const { registrationId, registrationToken: token } = started;
  const path = `/v1/registrations/${registrationId}`;

  begin('choose a password before the number is proven: the answer says what is missing');
  const body = { password: 'too early for a password' };
  const early = await call('PUT', `${path}/password`, { token, body, expect: 409 });
  must(String(early.missing) === 'phone', `what is missing is ${early.missing}, not phone`);

  const code = await readCode(phone, 'register', captcha.since);
  begin('try a wrong code: it costs one attempt');
  await call('PUT', `${path}/phone`, { token, body: { code: otherThan(code) }, expect: 422 });

  begin('step 1: the right code');
  await call('PUT', `${path}/phone`, { token, body: { code }, expect: 200 });

  begin('the same again, as if the answer had been lost: nothing more happens');
  await call('PUT', `${path}/phone`, { token, body: { code }, expect: 200 });
  return JSON.stringify({ path, token });
}

async function goOnWith(kept, password) {
  chapter('2. The app is closed, and opened again');
  const { path, token } = JSON.parse(kept);
  note('all it kept are the id and the token');

  begin('see where the registration stands');
  const { missing } = await call('GET', path, { token, expect: 200 });
  must(String(missing) === 'password,profile', `what is missing is ${missing}`);

  begin('somebody knows the id, but not the token: refused');
  await call('GET', path, { token: `gcg_${'x'.repeat(43)}`, expect: 401 });

  begin('complete it now: too early');
  const early = await call('POST', `${path}/complete`, { token, expect: 409 });
  must(String(early.missing) === 'password,profile', `what is missing is ${early.missing}`);

  begin('step 2: a password; only its hash is kept, sealed');
  await call('PUT', `${path}/password`, { token, body: { password }, expect: 200 });
}

async function giveName(kept, { username }) {
  chapter('3. The profile');
  const { path, token } = JSON.parse(kept);
  begin('a name that looks like one of the house: refused');
  const lookAlike = { nickname: '李雷', username: 'adrnin' };
  await call('PUT', `${path}/profile`, { token, body: lookAlike, expect: 422 });

  begin('step 3: another one');
  const profile = { nickname: '李雷', username };
  const { missing } = await call('PUT', `${path}/profile`, { token, body: profile, expect: 200 });
  must(missing.length === 0, `${missing} is still missing`);

  begin('step 4: complete; account, consent and session are written at once');
  return call('POST', `${path}/complete`, { token, expect: 201 });
}

async function completeTwice(kept, registered) {
  chapter('4. Afterwards');
  const { path, token } = JSON.parse(kept);
  begin('complete it once more, as if the answer had been lost: the account, and no second session');
  const again = await call('POST', `${path}/complete`, { token, expect: 200 });
  must(
    again.user.id === registered.user.id && !again.accessToken,
    'the second answer is not of the account alone',
  );

  begin('nothing is left of the registration');
  await call('GET', path, { token, expect: 410 });
}

async function logIn({ phone, username, password }, registered) {
  begin('read the profile');
  const me = await call('GET', '/v1/users/me', { token: registered.accessToken, expect: 200 });
  must(me.phone === phone, 'the profile shows another number');

  begin('log in by password, as another device would');
  const grant = { grant: 'password', identifier: username, password };
  const second = await call('POST', '/v1/sessions', { body: grant, expect: 201 });
  must(second.user.id === registered.user.id, 'the password led to another account');
}
