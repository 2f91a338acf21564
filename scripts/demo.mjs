// `npm run demo`: walks the whole main job against a running service and shows every request and answer.
import { spawn, spawnSync } from 'node:child_process';
import { pbkdf2Sync, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const DEFAULT_URL = 'http://127.0.0.1:3000';
const HELP = `Walks the main job: captcha, code, account, profile, tokens, sessions, log-out.

  npm run demo                                     the service at ${DEFAULT_URL}; when none answers there, a fresh
                                                   one is started for the demo and stopped again
  npm run demo -- --url http://127.0.0.1:8080      another service, which must be running
  npm run demo -- --simulator http://127.0.0.1:4101
                                                   the service sends through a simulated gateway
                                                   (npm run simulators): read the codes from its ledger

Each run makes two accounts with random numbers. It sends nothing through a real gateway: a service without the
inbox is refused unless --simulator says where the codes arrive.
`;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const REQUEST_MS = 15_000;
const CODE_MS = 20_000;
/** An ended session's token is refused everywhere within five seconds. */
const REVOKED_MS = 5_000;

/** Members whose values are shown by their first characters only. */
const SECRET = /^(code|answer|ticket|password|accessToken|refreshToken|image|challenge|rendered|params)$/;
/** What problem+json repeats; `code` and `detail` say it. */
const OF_EVERY_PROBLEM = new Set(['type', 'title', 'instance']);

const colours = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (style, text) => (colours ? `\u001b[${style}m${text}\u001b[0m` : text);
const dim = (text) => paint(2, text);

const options = readOptions();
let baseUrl = (options.url ?? DEFAULT_URL).replace(/\/+$/, '');
let service;
let serial = 0;
let step = 'find the service';
const startedAt = performance.now();

let interrupted = false;
process.once('SIGINT', () => interrupt(130));
process.once('SIGTERM', () => interrupt(143));

try {
  await findService();
  await walk();
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(paint('1;32', `Demo passed: ${serial} steps in ${seconds} s at ${baseUrl}`));
} catch (error) {
  if (!interrupted) console.error(paint('1;31', `Demo failed at step ${serial} (${step}): ${error.message}`));
  process.exitCode = 1;
} finally {
  await stopService();
}

async function walk() {
  await mustBeHarmless();
  const phone = newPhone();
  const password = `demo ${randomInt(1e9)} horse`;
  const username = `demo_${randomInt(1e9)}`;

  const { verificationId, since } = await startVerification(phone, 'register');
  const code = await readCode(phone, 'register', since);

  begin('try a wrong code: it costs one attempt');
  const checkPath = `/v1/verifications/${verificationId}/check`;
  const wrong = await call('POST', checkPath, { body: { code: otherThan(code) }, expect: 422 });
  must(wrong.code === 'CODE_MISMATCH', `the answer's code is ${wrong.code}, not CODE_MISMATCH`);

  begin('exchange the right code for a ticket');
  const { ticket } = await call('POST', checkPath, { body: { code }, expect: 200 });

  begin('register with the ticket');
  const account = { ticket, username, password, nickname: 'Li Lei' };
  const registered = await call('POST', '/v1/users', { body: account, expect: 201 });

  begin('read the profile');
  const me = await call('GET', '/v1/users/me', { token: registered.accessToken, expect: 200 });
  must(me.phone === phone, 'the profile shows another number');

  begin('change the profile');
  const changes = { nickname: '李雷' };
  const changed = await call('PATCH', '/v1/users/me', {
    token: registered.accessToken,
    body: changes,
    expect: 200,
  });
  must(changed.nickname === changes.nickname, 'the nickname was not changed');

  begin('refresh the tokens');
  const refreshed = await call('POST', '/v1/sessions/refresh', {
    body: { refreshToken: registered.refreshToken },
    expect: 200,
  });
  must(refreshed.refreshToken !== registered.refreshToken, 'the refresh token was not rotated');

  begin('log in by password, as another device would');
  const login = { grant: 'password', identifier: username, password };
  const second = await call('POST', '/v1/sessions', { body: login, expect: 201 });
  must(second.user.id === registered.user.id, 'the password led to another account');

  begin('list the sessions');
  const sessions = await call('GET', '/v1/sessions', { token: refreshed.accessToken, expect: 200 });
  must(sessions.items.length === 2, `there are ${sessions.items.length} sessions, not 2`);

  await logInByCode();

  begin('log out');
  await call('DELETE', '/v1/sessions/current', { token: refreshed.accessToken, expect: 204 });

  begin('use the old access token: refused');
  await call('GET', '/v1/users/me', { token: refreshed.accessToken, expect: 401, within: REVOKED_MS });

  begin('use the old refresh token: refused');
  await call('POST', '/v1/sessions/refresh', {
    body: { refreshToken: refreshed.refreshToken },
    expect: 401,
  });
}

/** With a number of its own: the first one has to wait for its next code. */
async function logInByCode() {
  const phone = newPhone();
  const { verificationId, since } = await startVerification(phone, 'login');
  const code = await readCode(phone, 'login', since);
  begin('log in by code; the first log-in makes the account');
  const login = { grant: 'code', verificationId, code, createUser: true };
  await call('POST', '/v1/sessions', { body: login, expect: 201 });
}

async function startVerification(phone, purpose) {
  const captcha = await solveCaptcha();
  begin(`have a code sent (${purpose})`);
  const body = { phone, purpose, captcha };
  const started = await call('POST', '/v1/verifications', { body, expect: 202 });
  return { verificationId: started.verificationId, since: captcha.since };
}

/** Outside production the service tells the text of its image; else the demo computes a proof of work. */
async function solveCaptcha() {
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

async function readCode(phone, purpose, since) {
  begin(options.simulator ? 'read the message at the simulated gateway' : 'read the message in the inbox');
  if (options.simulator) return readLedger(phone);
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
  const address = `${options.simulator}/__ledger`;
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

/** Numbers are random, so that they may be somebody's: no message shall ever leave for them. */
async function mustBeHarmless() {
  if (options.simulator) return void (await fetchOrExplain(`${options.simulator}/__ledger`));
  const { status } = await request('GET', '/dev/messages?to=13900000000');
  must(
    status === 200,
    'the service has no inbox, so it may send through a real gateway. Start it with SMS_PROVIDERS=inbox, ' +
      'or through a simulator and with --simulator URL',
  );
}

function newPhone() {
  return `+86139${String(randomInt(1e8)).padStart(8, '0')}`;
}

function otherThan(code) {
  return String((Number(code) + 1) % 10 ** code.length).padStart(code.length, '0');
}

function must(holds, complaint) {
  if (!holds) throw new Error(complaint);
}

// --- Requests, and how they are shown

function begin(title) {
  step = title;
  serial++;
  console.log(paint(1, `${String(serial).padStart(2)}  ${title}`));
}

/** @param within asks again for so many milliseconds until the status is the expected one */
async function call(method, path, { body, token, expect, within = 0 }) {
  const until = Date.now() + within;
  let answer = await request(method, path, body, token);
  while (answer.status !== expect && Date.now() < until) {
    await delay(200);
    answer = await request(method, path, body, token);
  }
  show(method, path, body, answer.status, answer.body);
  if (answer.status === expect) return { ...answer.body, date: answer.date };
  const { code, detail, retryAfter } = answer.body ?? {};
  const wait = retryAfter ? `; try again in ${retryAfter} s` : '';
  const reason = code ? ` ${code}: ${detail}${wait}` : '';
  throw new Error(`${method} ${brief(path)} answered ${answer.status}${reason} (expected ${expect})`);
}

async function request(method, path, body, token) {
  const answer = await fetchOrExplain(`${baseUrl}${path}`, {
    method,
    headers: {
      'User-Agent': 'gatecode-demo',
      'Accept-Language': 'en',
      ...(body && { 'Content-Type': 'application/json' }),
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  const isJson = /json/.test(answer.headers.get('content-type') ?? '');
  return {
    status: answer.status,
    date: answer.headers.get('date'),
    body: isJson ? JSON.parse(text) : undefined,
  };
}

async function fetchOrExplain(url, init) {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_MS) });
  } catch (error) {
    throw new Error(`${new URL(url).origin} does not answer (${error.cause?.code ?? error.name})`, {
      cause: error,
    });
  }
}

function show(method, path, sent, status, received) {
  const good = status < 400;
  console.log(`    ${method.padEnd(6)} ${brief(path)}${sent ? ` ${dim(shorten(sent))}` : ''}`);
  console.log(
    `    ${paint(good ? 32 : 33, status)}    ${dim(received === undefined ? '(no content)' : shorten(received))}`,
  );
}

/** Ids and numbers in a path, cut down to what a person recognises them by. */
function brief(path) {
  return path
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, (id) => `${id.slice(0, 8)}…`)
    .replace(/(%2B86\d{3})\d{4}/, '$1****');
}

function shorten(body) {
  return JSON.stringify(body, (key, value) => {
    if (body.status >= 400 && OF_EVERY_PROBLEM.has(key)) return undefined;
    if (SECRET.test(key) && value !== null && !isProblemCode(value)) return cut(value);
    if (typeof value !== 'string') return value;
    if (/^\+86\d{11}$|^1\d{10}$/.test(value)) return value.replace(/\d{4}(\d{4})$/, '****$1');
    return brief(value);
  });
}

function cut(value) {
  if (typeof value !== 'string') return '…';
  return value.length > 20 ? `${value.slice(0, 4)}…${value.slice(-4)}` : `${value.slice(0, 2)}…`;
}

function isProblemCode(value) {
  return typeof value === 'string' && /^[A-Z_]{4,}$/.test(value);
}

// --- A service of our own, when none is running

function readOptions() {
  try {
    const { values } = parseArgs({
      options: { url: { type: 'string' }, simulator: { type: 'string' }, help: { type: 'boolean' } },
    });
    for (const name of ['url', 'simulator']) {
      if (values[name] !== undefined && !/^https?:\/\/[^/]+\/?$/.test(values[name])) {
        throw new Error(`--${name} must be an address like http://127.0.0.1:3000`);
      }
      values[name] = values[name]?.replace(/\/$/, '');
    }
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    return values;
  } catch (error) {
    console.error(`${error.message}\n\n${HELP}`);
    process.exit(2);
  }
}

async function findService() {
  if (await isAlive()) return console.log(`Using the service at ${baseUrl}\n`);
  must(!options.url, `no service answers ${baseUrl}/livez`);
  console.log(`No service answers at ${baseUrl}: starting one for this demo...`);
  await startService();
  console.log(`It listens at ${baseUrl}\n`);
}

async function isAlive() {
  try {
    const answer = await fetch(`${baseUrl}/livez`, { signal: AbortSignal.timeout(2_000) });
    return answer.ok && (await answer.json()).status === 'ok';
  } catch {
    return false;
  }
}

async function startService() {
  const build = spawnSync(process.execPath, [join(ROOT, 'scripts', 'build-if-needed.mjs')], {
    stdio: 'inherit',
  });
  must(build.status === 0, 'it can not be built');
  const dataDir = mkdtempSync(join(tmpdir(), 'gatecode-demo-'));
  chmodSync(dataDir, 0o711); // under root PostgreSQL runs as somebody else, who must get through
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'src', 'main.js')], {
    cwd: ROOT,
    env: ownEnvironment(dataDir),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  service = { child, dataDir, exited: once(child, 'exit').catch(() => undefined) };
  baseUrl = await addressOf(child);
}

/** As it stands, but with stores and data of its own, and without a real gateway. */
function ownEnvironment(dataDir) {
  const environment = { ...process.env };
  for (const name of ['DATABASE_URL', 'REDIS_URL', 'SECRET_KEY', 'NODE_ENV']) delete environment[name];
  return {
    ...environment,
    PORT: '0',
    HOST: '127.0.0.1',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
    ...(!options.simulator && { SMS_PROVIDERS: 'inbox' }),
  };
}

/** The service says where it listens; what it says before is shown only when it fails. */
function addressOf(child) {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk) => {
      output = (output + chunk).slice(-8_000);
      const [, url] = /^\s*API\s+(http:\/\/\S+)\/v1$/m.exec(output) ?? [];
      if (url) resolve(url);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`the service ended with ${code ?? signal}:\n${output}`)),
    );
  });
}

function interrupt(exitCode) {
  interrupted = true;
  void stopService().then(() => process.exit(exitCode));
}

async function stopService() {
  if (!service) return;
  const { child, dataDir, exited } = service;
  service = undefined;
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM');
    await exited;
  }
  rmSync(dataDir, { recursive: true, force: true });
}
