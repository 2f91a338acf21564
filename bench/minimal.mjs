// Log-in by code, profile and refresh as a minimal NestJS process on Express answers them: the very statements and
// scripts of the service, shared by requests as the service shares them, on its stores; nothing else. Tokens are signed
// only by the routes below /signed, and never verified.
import 'reflect-metadata';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Body, Controller, Get, HttpCode, Module, Post, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import pg from 'pg';
import { uuidv7 } from 'uuidv7';

const require = createRequire(import.meta.url);
const { GroupCommit } = require('../dist/src/database/group-commit.js');
const { LOG_IN_TOGETHER, ROTATE } = require('../dist/src/auth/sessions/session-statements.js');
const { APPROVE } = require('../dist/src/sms/approvals.js');
const { prefixOf, recordKey } = require('../dist/src/verification/store-keys.js');

/** Of users.service.ts. */
const PROFILE = {
  name: 'users.profile',
  text: `SELECT id, phone_ciphertext AS "phoneCiphertext", username, nickname, email, roles, created_at AS "createdAt"
   FROM users WHERE id = ANY($1::uuid[]) AND status = 'active'`,
};
const KEYS = { prefix: 'gatecode:' };
const MANY = 1_000_000;
const MINUTE_MS = 60_000;
/** Seconds. */
const IDLE_TTL = 30 * 86_400;
const ABSOLUTE_TTL = 90 * 86_400;
const APPROVED_AFTER_MS = 250;
const TOKEN_PREFIX = 'gcr_';
const ID_BYTES = 16;
const HEADER = encoded({ alg: 'ES256', typ: 'at+jwt', kid: randomBytes(32).toString('base64url') });
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 12 });
const redis = new Redis(process.env.REDIS_URL, {
  enableAutoPipelining: true,
  scripts: {
    admit: { numberOfKeys: 3, lua: lua('rate-limit/rate-limit.lua') },
    check: { numberOfKeys: 1, lua: lua('verification/check.lua') },
  },
});

const run = async ({ name, text }, values) => (await pool.query({ name, text, values })).rows;
const column = (items, name) => items.map((item) => item[name]);

const logIns = new GroupCommit(async (items) => {
  const columns = [
    'verificationId',
    'purpose',
    'index',
    'phone',
    'id',
    'amr',
    'digest',
    'device',
    'ipPrefix',
  ];
  const values = columns.map((name) => column(items, name));
  const rows = await run(LOG_IN_TOGETHER, [...values, IDLE_TTL, ABSOLUTE_TTL]);
  const found = new Map(rows.map((row) => [row.verification_id, row]));
  return items.map(({ verificationId }) => found.get(verificationId));
});

const rotations = new GroupCommit(async (items) => {
  const values = ['id', 'presented', 'successor', 'ipPrefix'].map((name) => column(items, name));
  const found = new Map((await run(ROTATE, [...values, IDLE_TTL])).map((row) => [row.sessionId, row]));
  return items.map(({ id }) => found.get(id));
});

const profiles = new GroupCommit(
  async (ids) => {
    const found = new Map((await run(PROFILE, [[...new Set(ids)]])).map((row) => [row.id, row]));
    return ids.map((id) => found.get(id));
  },
  { parallel: 4 },
);

let approved = [];
setInterval(() => {
  for (; approved.length > 0; approved = approved.slice(500)) void run(APPROVE, [approved.slice(0, 500)]);
}, APPROVED_AFTER_MS);

class MinimalController {
  async logIn({ verificationId, code }, request) {
    const ipPrefix = await admitted(request, 'sessions');
    const checked = [recordKey(KEYS, verificationId), 1, code.length, 'login', MANY];
    const checkId = uuidv7();
    const judged = await redis.check(
      ...checked,
      prefixOf(KEYS, { verificationId }),
      checkId,
      verificationId,
      '',
    );
    if (judged[0] !== 'MATCHED') throw new Error(judged[0]);
    const [purpose, index, phone] = judged.slice(3);
    approved.push(verificationId);
    const id = uuidv7();
    const refreshToken = tokenOf(id);
    const user = await logIns.add({
      verificationId,
      purpose,
      index: Buffer.from(index, 'base64url'),
      phone: Buffer.from(phone, 'base64url'),
      id,
      amr: 'sms',
      digest: digestOf(refreshToken),
      device: null,
      ipPrefix,
    });
    return answerTo(user, id, refreshToken);
  }

  async refresh({ refreshToken: presented }, request) {
    const ipPrefix = await admitted(request, 'refresh');
    const id = sessionOf(presented);
    const refreshToken = tokenOf(id);
    const rotation = { id, presented: digestOf(presented), successor: digestOf(refreshToken), ipPrefix };
    return answerTo(await rotations.add(rotation), id, refreshToken);
  }

  async signedLogIn(body, request) {
    return signed(await this.logIn(body, request));
  }

  async signedRefresh(body, request) {
    return signed(await this.refresh(body, request));
  }

  async me({ headers }) {
    const { sub } = JSON.parse(Buffer.from(headers.authorization.split('.')[1], 'base64url'));
    return viewOf(await profiles.add(sub));
  }

  ready() {
    return redis.ping();
  }
}

class MinimalModule {}

for (const [method, path] of Object.entries({
  logIn: 'sessions',
  refresh: 'sessions/refresh',
  signedLogIn: 'signed/sessions',
  signedRefresh: 'signed/sessions/refresh',
})) {
  decorate(method, Post(path));
  if (path.endsWith('refresh')) decorate(method, HttpCode(200));
  Body()(MinimalController.prototype, method, 0);
  Req()(MinimalController.prototype, method, 1);
}
for (const [method, path] of Object.entries({ me: 'users/me', ready: 'ready' })) {
  decorate(method, Get(path));
  Req()(MinimalController.prototype, method, 0);
}
Controller()(MinimalController);
Module({ controllers: [MinimalController] })(MinimalModule);

const app = await NestFactory.create(MinimalModule, { logger: false });
await app.listen(Number(process.env.PORT), '127.0.0.1');

function decorate(method, decorator) {
  const { prototype } = MinimalController;
  decorator(prototype, method, Object.getOwnPropertyDescriptor(prototype, method));
}

/** @returns the network of the client, which was counted */
async function admitted({ headers }, group) {
  const address = headers['x-forwarded-for'];
  const network = address.replace(/\d+$/, '0/24');
  const { prefix } = KEYS;
  const sends = `${prefix}sends:{${network}}`;
  const key = `${prefix}rate:{${network}}:${address}:${group}`;
  const [verdict] = await redis.admit(key, `${sends}:${address}`, sends, MANY, MINUTE_MS, -1, 0, '', 0);
  if (verdict !== 0) throw new Error('Too many requests');
  return network;
}

/** Says which session it is of, as the service's does. */
function tokenOf(sessionId) {
  const head = Buffer.from(sessionId.replaceAll('-', ''), 'hex');
  return TOKEN_PREFIX + Buffer.concat([head, randomBytes(36)]).toString('base64url');
}

function sessionOf(token) {
  const hex = Buffer.from(token.slice(TOKEN_PREFIX.length), 'base64url').toString('hex', 0, ID_BYTES);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function digestOf(token) {
  return createHash('sha256').update(token).digest();
}

function answerTo(user, sessionId, refreshToken) {
  return { tokenType: 'Bearer', refreshToken, sessionId, user: viewOf(user) };
}

function viewOf({ id, username, nickname, email, roles, createdAt }) {
  return { id, username, nickname, email, roles, createdAt };
}

/** With an access token like the service's. */
function signed(answer) {
  const { sessionId, user } = answer;
  const now = Math.floor(Date.now() / 1_000);
  const payload = encoded({
    sub: user.id,
    sid: sessionId,
    roles: user.roles,
    client_id: 'gatecode',
    auth_time: now,
    amr: ['sms'],
    gen: 0,
    iat: now,
    exp: now + 3_600,
    aud: 'gatecode',
    iss: 'gatecode',
    jti: uuidv7(),
  });
  const text = `${HEADER}.${payload}`;
  const signature = sign('sha256', text, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return { accessToken: `${text}.${signature.toString('base64url')}`, ...answer };
}

function encoded(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function lua(path) {
  return readFileSync(new URL(`../dist/src/${path}`, import.meta.url), 'utf8');
}
