import { sign } from 'node:crypto';
import { KeysService } from '../src/auth/keys/keys.service';
import { SessionsService } from '../src/auth/sessions/sessions.service';
import { costOf } from './support/cost';
import { eventually } from './support/eventually';
import { Journey, type SignedIn } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

const SECRET = 'a-secret:with-a-colon-of-40-characters-##';
const CLIENTS = `shop:${SECRET},bank:another-secret-of-more-than-32-characters`;
const INACTIVE = { active: false };

let here: RunningApp;
let there: RunningApp;
let journey: Journey;

beforeAll(async () => {
  here = await startApp({ ...WIDE, OAUTH_CLIENTS: CLIENTS });
  there = await startApp({ ...WIDE, OAUTH_CLIENTS: CLIENTS }, here.cluster);
  journey = new Journey(here);
});
afterAll(async () => {
  await there.stop();
  await here.stop();
});

const ask = (path: 'introspect' | 'revoke', form: object, app = here) =>
  app.api.post(`/v1/oauth/${path}`).type('form').send(form).auth('shop', SECRET);
const introspect = async (token: string, app = here) =>
  (await ask('introspect', { token }, app).expect(200)).body;
const me = (accessToken: string, app = here) =>
  app.api.get('/v1/users/me').set('Authorization', `Bearer ${accessToken}`);
const refresh = (refreshToken: string) => here.api.post('/v1/sessions/refresh').send({ refreshToken });
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());

describe('introspection', () => {
  it('says of an access token what it says, and whose it is', async () => {
    const username = `u${Date.now()}`;
    const user = await journey.register(undefined, { username });
    const { client_id, exp, iat, jti } = claimsOf(user.accessToken);
    const { body, headers } = await ask('introspect', { token: user.accessToken }).expect(200);
    expect(body).toEqual({
      active: true,
      token_type: 'Bearer',
      client_id,
      sub: user.userId,
      sid: user.sessionId,
      exp,
      iat,
      iss: 'gatecode',
      aud: 'gatecode',
      jti,
      roles: ['user'],
      username,
    });
    expect(headers['cache-control']).toBe('no-store');
  });

  it('says of a refresh token how long it would last', async () => {
    const { refreshToken, userId, sessionId } = await journey.register();
    const body = await introspect(refreshToken);
    expect(body).toEqual({
      active: true,
      token_type: 'refresh_token',
      client_id: 'gatecode',
      sub: userId,
      sid: sessionId,
      exp: body.iat + 30 * 86_400,
      iat: expect.any(Number),
      iss: 'gatecode',
      aud: 'gatecode',
      roles: ['user'],
    });
    expect(Math.abs(body.iat - Date.now() / 1_000)).toBeLessThan(60);
  });

  it('takes the client from the form as well, and ignores what it does not know', async () => {
    const { accessToken: token } = await journey.register();
    const form = { token, client_id: 'shop', client_secret: SECRET, token_type_hint: 'pizza', resource: 'x' };
    const { body } = await here.api.post('/v1/oauth/introspect').type('form').send(form).expect(200);
    expect(body.active).toBe(true);
  });

  it('knows at once, on every instance, that a session has ended', async () => {
    const ends: ((user: SignedIn) => Promise<unknown>)[] = [
      ({ accessToken }) =>
        here.api.delete('/v1/sessions/current').set('Authorization', `Bearer ${accessToken}`).expect(204),
      async ({ userId }) => (await here.app.get(SessionsService, { strict: false }).outdateTokens(userId))(),
      ({ sessionId }) =>
        here.dataSource.query(
          `UPDATE sessions SET absolute_expires_at = now(), idle_expires_at = now() WHERE id = $1`,
          [sessionId],
        ),
      ({ userId }) => here.dataSource.query(`UPDATE users SET status = 'disabled' WHERE id = $1`, [userId]),
    ];
    for (const end of ends) {
      const user = await journey.register();
      expect(await introspect(user.accessToken, there)).toMatchObject({ active: true });
      await end(user);
      expect(await introspect(user.accessToken, there)).toEqual(INACTIVE);
    }
  });

  it('is exactly {"active": false} for whatever is no good', async () => {
    const user = await journey.register();
    const { refreshToken: newest } = (await refresh(user.refreshToken).expect(200)).body;
    const [header, payload, signature] = user.accessToken.split('.');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const { kid, privateKey } = await here.app.get(KeysService, { strict: false }).current();
    const own = (change: object) => {
      const claims = { ...claimsOf(user.accessToken), ...change };
      const input = `${encode({ alg: 'ES256', typ: 'at+jwt', kid })}.${encode(claims)}`;
      const mac = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${input}.${mac.toString('base64url')}`;
    };
    expect(await introspect(own({}))).toMatchObject({ active: true });
    const stranger = await journey.register();
    const bad = [
      'nonsense',
      'x'.repeat(9_000),
      user.refreshToken,
      `${newest.slice(0, -3)}AAA`,
      `${header}.${payload}.`,
      `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${payload}.`,
      `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${payload}.${signature}`,
      own({ exp: 1 }),
      own({ iss: 'other' }),
      own({ aud: 'other' }),
      own({ sub: stranger.userId }),
      own({ sid: '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10' }),
      own({ gen: -1 }),
      'gct_EXAMPLE0000000000000000000000000000000000000',
    ];
    for (const token of bad) expect(await introspect(token)).toEqual(INACTIVE);
  });

  it('costs one round trip and one statement', async () => {
    const limited = await startApp(
      { ...WIDE, OAUTH_CLIENTS: CLIENTS, THROTTLE_PER_MINUTE: '1000' },
      here.cluster,
    );
    const { accessToken } = await journey.register();
    await introspect(accessToken, limited);
    const cost = await costOf(limited, () => introspect(accessToken, limited));
    expect(cost).toEqual({ redis: ['evalsha'], sql: ['auth.living-session'] });
    await limited.stop();
  });
});

describe('revocation', () => {
  it.each(['accessToken', 'refreshToken'] as const)('of the %s ends both', async (kind) => {
    const user = await journey.register();
    const { text } = await ask('revoke', { token: user[kind] }).expect(200);
    expect(text).toBe('');
    await me(user.accessToken).expect(401);
    await refresh(user.refreshToken).expect(401);
    expect(await introspect(user.refreshToken)).toEqual(INACTIVE);
    await eventually(
      'end on the other instance',
      async () => (await me(user.accessToken, there)).status === 401,
      2_000,
    );
    await ask('revoke', { token: user[kind] }).expect(200);
  });

  it('of a token that nobody knows is answered alike, and ends nothing', async () => {
    const user = await journey.register();
    for (const token of ['nonsense', `${user.refreshToken.slice(0, -3)}AAA`, `${user.accessToken}x`])
      await ask('revoke', { token }).expect(200);
    await me(user.accessToken).expect(200);
    await refresh(user.refreshToken).expect(200);
  });
});

describe.each(['introspect', 'revoke'] as const)('a client that wants to %s', (path) => {
  const call = (form: object = { token: 'x' }) => here.api.post(`/v1/oauth/${path}`).type('form').send(form);

  it('has to say who it is, in the words of RFC 7617', async () => {
    const calls = [
      call(),
      call().auth('shop', 'wrong'),
      call().auth('bank', SECRET),
      call().auth('nobody', SECRET),
      call().set('Authorization', 'Basic !!!'),
      call({ token: 'x', client_id: 'shop', client_secret: 'wrong' }),
      call({ token: 'x', client_id: 'shop' }),
      call().set('Authorization', `Bearer ${(await journey.register()).accessToken}`),
    ];
    for (const each of calls) {
      const { body, headers } = await each.expect(401);
      expect(body.code).toBe('CLIENT_UNAUTHENTICATED');
      expect(headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(headers['www-authenticate']).toMatch(/^Basic realm=/);
    }
  });

  it('has to send one token', async () => {
    for (const form of ['', 'token=', 'token=a&token=b']) {
      const { body } = await here.api
        .post(`/v1/oauth/${path}`)
        .type('form')
        .send(form)
        .auth('shop', SECRET)
        .expect(422);
      expect(body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer: '#/token' }] });
    }
  });

  it('is limited', async () => {
    const strict = await startApp({ ...WIDE, OAUTH_CLIENTS: CLIENTS, THROTTLE_PER_MINUTE: '2' });
    await ask(path, { token: 'x' }, strict).expect(200);
    await strict.api.post(`/v1/oauth/${path}`).type('form').send({ token: 'x' }).expect(401);
    await ask(path, { token: 'x' }, strict).expect(429);
    await strict.stop();
  });

  it('is nobody where no client is configured', async () => {
    const closed = await startApp(WIDE);
    await ask(path, { token: 'x' }, closed).expect(401);
    await closed.stop();
  });
});
