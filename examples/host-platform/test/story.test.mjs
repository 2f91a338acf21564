// What the platform promises, told to its HTTP from outside. Needs the build, DATABASE_URL and REDIS_URL.
import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { eventually, openPlatform } from './platform.mjs';

const newPhone = () => `+86138${String(randomInt(1e8)).padStart(8, '0')}`;
const owners = newPhone();
let shop;
let warehouse;
let owner;

before(async () => {
  ({ shop, warehouse } = await openPlatform({ ADMIN_PHONES: owners, CAPTCHA_MODE: 'never' }));
  owner = await register('老板', { phone: owners });
});
after(async () => {
  await warehouse?.stop();
  await shop?.stop();
});

/** Asks for a code and reads it from the gateway. */
async function prove(phone, purpose) {
  const { status, body } = await shop.call('POST', '/api/accounts/verifications', {
    body: { phone, purpose },
  });
  assert.equal(status, 202);
  return { verificationId: body.verificationId, code: await shop.codeFor(phone, purpose) };
}

async function register(nickname, { phone = newPhone(), password } = {}) {
  const proof = await prove(phone, 'register');
  const { status, body } = await shop.call('POST', '/api/accounts/users', {
    body: { ...proof, nickname, password },
  });
  assert.equal(status, 201);
  return body;
}

/** @returns an access token with the role */
async function makeBookkeeper({ user, refreshToken }) {
  const { status } = await shop.call('PATCH', `/api/accounts/admin/users/${user.id}`, {
    token: owner.accessToken,
    body: { roles: ['user', 'bookkeeper'] },
  });
  assert.equal(status, 200);
  const { body } = await shop.call('POST', '/api/accounts/sessions/refresh', { body: { refreshToken } });
  return body.accessToken;
}

async function ticketOf(phone) {
  const { verificationId, code } = await prove(phone, 'register');
  const { body } = await shop.call('POST', `/api/accounts/verifications/${verificationId}/check`, {
    body: { code },
  });
  return body.ticket;
}

test('somebody registers below the prefix of the platform, and is a customer of the shop', async () => {
  const { accessToken, user } = await register('小红');
  const { body } = await shop.call('GET', '/api/me', { token: accessToken });
  assert.deepEqual([body.id, body.name, body.points], [user.id, '小红', 0]);
});

test('the routes of the shop are behind the guards of Gatecode', async () => {
  assert.equal((await shop.call('GET', '/api/orders')).status, 401);
  const { accessToken } = await register('李雷');
  const placed = await shop.call('POST', '/api/orders', { token: accessToken, body: { item: 'tea' } });
  assert.equal(placed.status, 201);
  const { body } = await shop.call('GET', '/api/orders', { token: accessToken });
  assert.deepEqual(
    body.map(({ item }) => item),
    ['tea'],
  );
});

test('account, customer and order are written together, or none of them and the ticket stays good', async () => {
  const phone = newPhone();
  const ticket = await ticketOf(phone);
  const soldOut = await shop.call('POST', '/api/checkout', {
    body: { ticket, name: '韩梅', item: 'moon cakes' },
  });
  assert.equal(soldOut.status, 409);
  const { status, body } = await shop.call('POST', '/api/checkout', {
    body: { ticket, name: '韩梅', item: 'tea' },
  });
  assert.equal(status, 201);
  const mine = await shop.call('GET', '/api/orders', { token: body.session.accessToken });
  assert.equal(mine.body.length, 1);
});

test('roles of the shop are given by its owner, and reach the guards with the next token', async () => {
  const clerk = await register('会计');
  assert.equal((await shop.call('GET', '/api/books', { token: clerk.accessToken })).status, 403);
  const token = await makeBookkeeper(clerk);
  assert.equal((await shop.call('GET', '/api/books', { token })).status, 200);
});

test('the warehouse verifies tokens by itself, and they end there when the session ends here', async () => {
  const { accessToken, user } = await register('王芳');
  const { body } = await warehouse.call('GET', '/parcels', { token: accessToken });
  assert.equal(body.for, user.id);
  await shop.call('DELETE', '/api/accounts/sessions/current', { token: accessToken });
  await eventually(
    'the warehouse to refuse',
    async () => (await warehouse.call('GET', '/parcels', { token: accessToken })).status === 401,
    2_000,
  );
});

test('an account that is deleted takes its customer along; the books keep the order', async () => {
  const password = 'umbrella stand in Harbin';
  const { accessToken: token } = await register('临时', { password });
  const { body: order } = await shop.call('POST', '/api/orders', { token, body: { item: 'umbrella' } });
  assert.equal((await shop.call('DELETE', '/api/accounts/users/me', { token })).status, 403);
  await shop.call('POST', '/api/accounts/step-ups', { token, body: { password } });
  assert.equal((await shop.call('DELETE', '/api/accounts/users/me', { token })).status, 202);
  assert.equal((await shop.call('GET', '/api/me', { token })).status, 401);
  const { body: books } = await shop.call('GET', '/api/books', {
    token: await makeBookkeeper(await register('会计')),
  });
  assert.equal(books.find(({ id }) => id === order.id).customerId, null);
});

test('a request that is repeated with its Idempotency-Key has one effect', async () => {
  const { accessToken } = await register('急急');
  const headers = { 'idempotency-key': randomUUID() };
  const order = () =>
    shop.call('POST', '/api/orders', { token: accessToken, headers, body: { item: 'lamp' } });
  const first = await order();
  const second = await order();
  assert.equal(second.text, first.text);
  assert.equal(second.headers.get('idempotency-replayed'), 'true');
  assert.equal((await shop.call('GET', '/api/orders', { token: accessToken })).body.length, 1);
});

test('errors of accounts are problem+json; those of the shop stay its own', async () => {
  const refused = await shop.call('POST', '/api/accounts/verifications', {
    body: { phone: '1', purpose: 'fun' },
  });
  assert.equal(refused.status, 422);
  assert.match(refused.headers.get('content-type'), /problem\+json/);
  assert.equal(refused.body.code, 'VALIDATION_FAILED');
  const missed = await shop.call('GET', '/api/nowhere');
  assert.equal(missed.status, 404);
  assert.doesNotMatch(missed.headers.get('content-type'), /problem/);
});
