import { SessionsService } from '../src/auth/sessions/sessions.service';
import { eventually } from './support/eventually';
import { Journey, type SignedIn } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';
import { TcpProxy } from './support/tcp-proxy';

/** Tokens of what ended die within this time on every instance. */
const DEAD_WITHIN_MS = 2_000;

let here: RunningApp;
let there: RunningApp;
let journey: Journey;
/** Between the other instance and its stores. */
let proxies: { redis: TcpProxy; database: TcpProxy };

const QUIET = { ...WIDE, LOG_LEVEL: 'silent' };

beforeAll(async () => {
  here = await startApp(QUIET);
  const { database } = here.cluster;
  const redisUrl = process.env.REDIS_URL!;
  proxies = { redis: await TcpProxy.before(redisUrl), database: await TcpProxy.before(database.url) };
  there = await startApp(
    { ...QUIET, REDIS_URL: proxies.redis.through(redisUrl) },
    { ...here.cluster, database: { ...database, url: proxies.database.through(database.url) } },
  );
  journey = new Journey(here);
});
afterEach(async () => {
  await proxies.redis.heal();
  await proxies.database.heal();
  await eventually('recovery', async () => (await there.api.get('/readyz')).status === 200, 10_000);
});
afterAll(async () => {
  await there.stop();
  await proxies.redis.stop();
  await proxies.database.stop();
  await here.stop();
});

const bearer = ({ accessToken }: Pick<SignedIn, 'accessToken'>) => ({
  Authorization: `Bearer ${accessToken}`,
});
const statusAt = async (app: RunningApp, user: Pick<SignedIn, 'accessToken'>) =>
  (await app.api.get('/v1/users/me').set(bearer(user))).status;
const dies = (app: RunningApp, user: Pick<SignedIn, 'accessToken'>) =>
  eventually('end of the token', async () => (await statusAt(app, user)) === 401, DEAD_WITHIN_MS);
const logOut = (user: SignedIn) => here.api.delete('/v1/sessions/current').set(bearer(user)).expect(204);
const sessionsHere = () => here.app.get(SessionsService, { strict: false });

/** Every way by which tokens end before their time. */
const ENDS: [string, (user: SignedIn) => Promise<SignedIn | { accessToken: string }>][] = [
  ['logging out', async (user) => (await logOut(user), user)],
  [
    'ending all other sessions',
    async (user) => {
      const { body } = await here.api
        .post('/v1/sessions')
        .send({ grant: 'code', ...(await journey.proven(user.phone)) })
        .expect(201);
      await here.api.delete('/v1/sessions').set(bearer(body)).expect(204);
      expect(await statusAt(here, body)).toBe(200);
      return user;
    },
  ],
  [
    'outdating the tokens of a user',
    async (user) => {
      (await sessionsHere().outdateTokens(user.userId))();
      return user;
    },
  ],
  [
    'ending a user altogether',
    async (user) => {
      (await sessionsHere().endAll(user.userId, 'account-disabled'))();
      return user;
    },
  ],
];

describe.each(ENDS)('after %s', (_, end) => {
  it('a token is dead here at once, and on the other instance within two seconds', async () => {
    const user = await journey.register();
    expect(await statusAt(there, user)).toBe(200);
    const ended = await end(user);
    expect(await statusAt(here, ended)).toBe(401);
    await dies(there, ended);
  });

  it('a token is dead within two seconds where Redis is gone', async () => {
    const user = await journey.register();
    expect(await statusAt(there, user)).toBe(200);
    await proxies.redis.refuse();
    await dies(there, await end(user));
  });

  it('a token is dead within two seconds where Redis says nothing any more', async () => {
    const user = await journey.register();
    expect(await statusAt(there, user)).toBe(200);
    proxies.redis.silence();
    await dies(there, await end(user));
  });

  it('a token is dead within two seconds where the database is gone', async () => {
    const user = await journey.register();
    expect(await statusAt(there, user)).toBe(200);
    await proxies.database.refuse();
    await dies(there, await end(user));
  });

  it('a token is dead where both were gone meanwhile, as soon as one of them is back', async () => {
    for (const back of [proxies.redis, proxies.database]) {
      const user = await journey.register();
      await proxies.redis.refuse();
      await proxies.database.refuse();
      const ended = await end(user);
      expect(await statusAt(there, ended)).toBe(503);
      await back.heal();
      await eventually('end of the token', async () => (await statusAt(there, ended)) === 401, 5_000);
      await proxies.redis.heal();
      await proxies.database.heal();
      await eventually('recovery', async () => (await there.api.get('/readyz')).status === 200, 10_000);
    }
  });

  it('a token is dead on an instance that starts later', async () => {
    const ended = await end(await journey.register());
    const late = await startApp(QUIET, here.cluster);
    expect(await statusAt(late, ended)).toBe(401);
    await late.stop();
  });
});

describe('what Redis keeps of it', () => {
  const key = () => `${here.redis.prefix}{revocations}:ended`;

  it('is there until the last token has expired, and no longer', async () => {
    const user = await journey.register();
    await logOut(user);
    const score = await eventually('entry', () => here.redis.client.zscore(key(), `s:${user.sessionId}`));
    const left = Number(score) - Date.now();
    expect(left).toBeGreaterThan(600_000);
    expect(left).toBeLessThanOrEqual(660_000);
    await here.redis.client.zadd(key(), Date.now() - 1, 's:long-ago');
    await logOut(await journey.register());
    await eventually('trimming', async () => (await here.redis.client.zscore(key(), 's:long-ago')) === null);
  });

  it('comes back after Redis was emptied', async () => {
    const user = await journey.register();
    await logOut(user);
    await eventually('entry', () => here.redis.client.zscore(key(), `s:${user.sessionId}`));
    await here.redis.client.del(key(), `${here.redis.prefix}{revocations}:version`);
    await eventually('entry', () => here.redis.client.zscore(key(), `s:${user.sessionId}`), 3_000);
  });

  it('gets what ended while Redis was away', async () => {
    await proxies.redis.refuse();
    const user = await journey.register();
    // Ended by the instance without Redis.
    await there.app.get(SessionsService, { strict: false }).end(user.userId, user.sessionId, 'logout');
    expect(await statusAt(there, user)).toBe(401);
    await dies(here, user);
    await eventually('entry', () => here.redis.client.zscore(key(), `s:${user.sessionId}`));
  });
});
