// `npm run demo`: walks the whole main job against a running service and shows every request and answer;
// with --register-steps it registers in steps, with --faults it tells what becomes of messages while gateways fail.
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  begin,
  call,
  fetchOrExplain,
  must,
  newPhone,
  otherThan,
  paint,
  request,
  useService,
  whereabouts,
} from './demo-client.mjs';
import { readCode, solveCaptcha, useSimulator } from './demo-codes.mjs';
import { playFaults } from './demo-faults.mjs';
import { walkSteps } from './demo-registration.mjs';
import { startService, stopService } from './demo-service.mjs';

const DEFAULT_URL = 'http://127.0.0.1:3000';
const HELP = `Walks the main job: captcha, code, account, profile, tokens, sessions, log-out.

  npm run demo                                     the service at ${DEFAULT_URL}; when none answers there, a fresh
                                                   one is started for the demo and stopped again
  npm run demo -- --url http://127.0.0.1:8080      another service, which must be running
  npm run demo -- --simulator http://127.0.0.1:4101
                                                   the service sends through a simulated gateway
                                                   (npm run simulators): read the codes from its ledger
  npm run demo -- --register-steps                 another story: registration in steps, with the app closed in the
                                                   middle; takes --url and --simulator too
  npm run demo -- --faults                         another story, in half a minute: the first gateway goes down, the
                                                   next take over, receipts come, and an operator looks at it all.
                                                   Brings its own service and simulated gateways

Each run makes accounts with random numbers. It sends nothing through a real gateway: a service without the
inbox is refused unless --simulator says where the codes arrive.
`;
/** An ended session's token is refused everywhere within five seconds. */
const REVOKED_MS = 5_000;
/** Ctrl-C reaches what the demo started, too, and the end of that may be noticed before the signal is. */
const SIGNAL_MS = 100;

const options = readOptions();
let baseUrl = (options.url ?? DEFAULT_URL).replace(/\/+$/, '');
const startedAt = performance.now();

let interrupted = false;
process.once('SIGINT', () => interrupt(130));
process.once('SIGTERM', () => interrupt(143));

try {
  await (options.faults ? playFaults() : walkService());
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  const at = options.faults ? '' : ` at ${baseUrl}`;
  console.log(paint('1;32', `Demo passed: ${whereabouts().serial} steps in ${seconds} s${at}`));
} catch (error) {
  await delay(SIGNAL_MS);
  const { serial, step } = whereabouts();
  if (!interrupted) console.error(paint('1;31', `Demo failed at step ${serial} (${step}): ${error.message}`));
  process.exitCode = 1;
} finally {
  await stopService();
}

async function walkService() {
  useSimulator(options.simulator);
  await findService();
  await mustBeHarmless();
  await (options['register-steps'] ? walkSteps() : walkMainJob());
}

async function walkMainJob() {
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

async function startVerification(phone, purpose) {
  const captcha = await solveCaptcha();
  begin(`have a code sent (${purpose})`);
  const body = { phone, purpose, captcha };
  const started = await call('POST', '/v1/verifications', { body, expect: 202 });
  return { verificationId: started.verificationId, since: captcha.since };
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

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        url: { type: 'string' },
        simulator: { type: 'string' },
        faults: { type: 'boolean' },
        'register-steps': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
    for (const name of ['url', 'simulator']) {
      if (values[name] === undefined) continue;
      if (!/^https?:\/\/[^/]+\/?$/.test(values[name])) {
        throw new Error(`--${name} must be an address like http://127.0.0.1:3000`);
      }
      if (values.faults) throw new Error(`--faults brings its own service and gateways: leave out --${name}`);
      values[name] = values[name].replace(/\/$/, '');
    }
    if (values.faults && values['register-steps']) throw new Error('one story at a time');
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
  useService(baseUrl);
  if (await isAlive()) return console.log(`Using the service at ${baseUrl}\n`);
  must(!options.url, `no service answers ${baseUrl}/livez`);
  console.log(`No service answers at ${baseUrl}: starting one for this demo...`);
  baseUrl = await startService(ownEnvironment());
  useService(baseUrl);
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

/** As it stands, but with stores and data of its own, and without a real gateway. */
function ownEnvironment() {
  const environment = { ...process.env };
  for (const name of ['DATABASE_URL', 'REDIS_URL', 'SECRET_KEY', 'NODE_ENV']) delete environment[name];
  return { ...environment, ...(!options.simulator && { SMS_PROVIDERS: 'inbox' }) };
}

function interrupt(exitCode) {
  interrupted = true;
  void stopService().then(() => process.exit(exitCode));
}
