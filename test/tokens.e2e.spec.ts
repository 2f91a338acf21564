import {
  createHash,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Journey, type SignedIn } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function partsOf(token: string): { header: Record<string, unknown>; payload: Record<string, unknown> } {
  const [header, payload] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  return { header: JSON.parse(header), payload: JSON.parse(payload) };
}

function es256(header: object, payload: object, key: KeyObject): string {
  const input = `${encode(header)}.${encode(payload)}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

describe('an access token', () => {
  let app: RunningApp;
  let user: SignedIn;

  beforeAll(async () => {
    app = await startApp(WIDE);
    user = await new Journey(app).register();
  });
  afterAll(() => app.stop());

  const me = (token: string) => app.api.get('/v1/users/me').set('Authorization', `Bearer ${token}`);

  it('is what RFC 9068 says: typed, with key id, issuer, audience, subject and times', () => {
    const { header, payload } = partsOf(user.accessToken);
    expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.stringMatching(/^[\w-]{43}$/) });
    expect(payload).toEqual({
      iss: 'gatecode',
      aud: 'gatecode',
      sub: user.userId,
      sid: user.sessionId,
      client_id: 'gatecode',
      roles: ['user'],
      amr: ['sms'],
      jti: expect.any(String),
      iat: expect.any(Number),
      auth_time: expect.any(Number),
      gen: 0,
      exp: (payload.iat as number) + 600,
    });
  });

  it('is asked for in the words of RFC 6750', async () => {
    const none = await app.api.get('/v1/users/me').expect(401);
    expect(none.body.code).toBe('UNAUTHENTICATED');
    expect(none.headers['www-authenticate']).toMatch(/^Bearer realm=/);
    const bad = await me('nonsense').expect(401);
    expect(bad.body.code).toBe('TOKEN_INVALID');
    expect(bad.headers['www-authenticate']).toContain('error="invalid_token"');
  });

  it.each(['none', 'None', 'nOnE'])('without a signature, alg %s, is refused', async (alg) => {
    const { header, payload } = partsOf(user.accessToken);
    await me(`${encode({ ...header, alg })}.${encode(payload)}.`).expect(401);
  });

  it('signed with the published key as an HMAC secret is refused, in every form of that key', async () => {
    const { body } = await app.api.get('/.well-known/jwks.json');
    const { header, payload } = partsOf(user.accessToken);
    const key = createPublicKey({ key: body.keys[0], format: 'jwk' });
    const forms = [
      key.export({ format: 'pem', type: 'spki' }),
      key.export({ format: 'der', type: 'spki' }),
      JSON.stringify(body.keys[0]),
    ];
    for (const secret of forms) {
      const input = `${encode({ ...header, alg: 'HS256' })}.${encode(payload)}`;
      const mac = createHmac('sha256', secret).update(input).digest('base64url');
      await me(`${input}.${mac}`).expect(401);
    }
  });

  it('leads nowhere: a foreign kid, a key or an address in its header are of no use', async () => {
    let called = 0;
    const listener = createServer((_, response) => {
      called += 1;
      response.end('{}');
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as AddressInfo;
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { header, payload } = partsOf(user.accessToken);
    const url = `http://127.0.0.1:${port}/jwks.json`;
    const headers = [
      { ...header, kid: '../../etc/passwd' },
      { ...header, kid: `' OR 1=1 --` },
      { ...header, kid: url },
      { ...header, kid: 'k'.repeat(5_000) },
      { ...header, kid: undefined },
      { ...header, kid: { $ne: null } },
      { ...header, kid: '__proto__' },
      { ...header, jku: url },
      { ...header, x5u: url },
      { ...header, jwk: publicKey.export({ format: 'jwk' }) },
    ];
    for (const forged of headers) await me(es256(forged, payload, privateKey)).expect(401);
    expect(called).toBe(0);
    await new Promise((resolve) => listener.close(resolve));
  });

  it('of another kind is refused: refresh token, ticket, captcha, changed claims, another type', async () => {
    const { header, payload } = partsOf(user.accessToken);
    const [, , signature] = user.accessToken.split('.');
    await me(user.refreshToken).expect(401);
    await me('gct_EXAMPLE').expect(401);
    for (const change of [
      { sub: 'x' },
      { aud: 'other' },
      { iss: 'other' },
      { exp: 4_000_000_000 },
      { roles: ['admin'] },
    ]) {
      await me(`${encode(header)}.${encode({ ...payload, ...change })}.${signature}`).expect(401);
    }
    await me(`${encode({ ...header, typ: 'JWT' })}.${encode(payload)}.${signature}`).expect(401);
  });

  it('that our own key signed for another audience, issuer, type or time is refused', async () => {
    const { KeysService } = await import('../src/auth/keys/keys.service.js');
    const { kid, privateKey } = await app.app.get(KeysService, { strict: false }).current();
    const { payload } = partsOf(user.accessToken);
    const good = { alg: 'ES256', typ: 'at+jwt', kid };
    await me(es256(good, payload, privateKey)).expect(200);
    await me(es256({ ...good, typ: 'JWT' }, payload, privateKey)).expect(401);
    await me(es256({ ...good, typ: undefined }, payload, privateKey)).expect(401);
    await me(es256(good, { ...payload, aud: 'other' }, privateKey)).expect(401);
    await me(es256(good, { ...payload, iss: 'other' }, privateKey)).expect(401);
    await me(es256(good, { ...payload, exp: Math.floor(Date.now() / 1_000) - 1 }, privateKey)).expect(401);
    await me(es256(good, { ...payload, sid: undefined }, privateKey)).expect(401);
    await me(es256(good, { ...payload, exp: undefined }, privateKey)).expect(401);
  });
});

describe('a refresh token', () => {
  let app: RunningApp;
  let other: RunningApp;
  let journey: Journey;

  beforeAll(async () => {
    app = await startApp({ ...WIDE, REFRESH_REUSE_GRACE: '10' });
    other = await startApp({ ...WIDE, REFRESH_REUSE_GRACE: '10' }, app.cluster);
    journey = new Journey(app);
  });
  afterAll(async () => {
    await other.stop();
    await app.stop();
  });

  const refresh = (refreshToken: string, instance = app) =>
    instance.api.post('/v1/sessions/refresh').send({ refreshToken });

  /** Moves the last rotation of a session out of the grace time. */
  const graceOver = (sessionId: string) =>
    app.dataSource.query(
      `UPDATE sessions SET rotated_at = rotated_at - interval '11 seconds' WHERE id = $1`,
      [sessionId],
    );

  it('gives ten parallel refreshes on two instances one and the same successor', async () => {
    const { refreshToken, sessionId } = await journey.register();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, turn) => refresh(refreshToken, turn % 2 ? app : other)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    const successors = new Set(answers.map(({ body }) => body.refreshToken));
    expect(successors.size).toBe(1);
    const [{ refresh_generation: generation }] = await app.dataSource.query(
      'SELECT refresh_generation FROM sessions WHERE id = $1',
      [sessionId],
    );
    expect(generation).toBe(1);
    await refresh([...successors][0]).expect(200);
  });

  it('that was used before, after the grace time, ends its session and no other', async () => {
    const { phone, refreshToken: a, sessionId } = await journey.register();
    const elsewhere = await app.api
      .post('/v1/sessions')
      .send({ grant: 'code', ...(await journey.proven(phone)) })
      .expect(201);
    const b = (await refresh(a).expect(200)).body;
    const c = (await refresh(b.refreshToken).expect(200)).body;
    await graceOver(sessionId);
    const replay = await refresh(a).expect(401);
    expect(replay.body.code).toBe('REFRESH_REUSED');
    await refresh(c.refreshToken).expect(401);
    await app.api.get('/v1/users/me').set('Authorization', `Bearer ${c.accessToken}`).expect(401);
    await app.api
      .get('/v1/users/me')
      .set('Authorization', `Bearer ${elsewhere.body.accessToken}`)
      .expect(200);
    await refresh(elsewhere.body.refreshToken).expect(200);
  });

  it('two generations old is a replay even within the grace time', async () => {
    const { refreshToken: a } = await journey.register();
    const b = (await refresh(a).expect(200)).body;
    await refresh(b.refreshToken).expect(200);
    expect((await refresh(a).expect(401)).body.code).toBe('REFRESH_REUSED');
  });

  it('that is made up says nothing and ends nothing', async () => {
    const { refreshToken } = await journey.register();
    const forged = [
      `${refreshToken.slice(0, 40)}${'A'.repeat(refreshToken.length - 40)}`,
      'gcr_',
      'x'.repeat(200),
      refreshToken.slice(0, -4),
    ];
    for (const token of forged) expect((await refresh(token).expect(401)).body.code).toBe('REFRESH_INVALID');
    await refresh(refreshToken).expect(200);
  });

  it('does not outlive its idle or its absolute time', async () => {
    for (const column of ['idle_expires_at', 'absolute_expires_at']) {
      const { refreshToken, sessionId } = await journey.register();
      await app.dataSource.query(
        `UPDATE sessions SET ${column} = now() - interval '1 second' WHERE id = $1`,
        [sessionId],
      );
      expect((await refresh(refreshToken).expect(401)).body.code).toBe('REFRESH_INVALID');
    }
  });

  it('is nowhere in the database: only its digest is', async () => {
    const { refreshToken, sessionId } = await journey.register();
    const [{ row, digest }] = await app.dataSource.query(
      `SELECT s::text AS row, encode(refresh_digest, 'hex') AS digest FROM sessions s WHERE id = $1`,
      [sessionId],
    );
    expect(row).not.toContain(refreshToken);
    expect(digest).toBe(createHash('sha256').update(refreshToken).digest('hex'));
  });

  it('and the access tokens of a session that ended on one instance die on the other within two seconds', async () => {
    const user = await journey.register();
    const bearer = { Authorization: `Bearer ${user.accessToken}` };
    await other.api.get('/v1/users/me').set(bearer).expect(200);
    await app.api.delete('/v1/sessions/current').set(bearer).expect(204);
    await app.api.get('/v1/users/me').set(bearer).expect(401);
    await refresh(user.refreshToken, other).expect(401);
    const endedAt = Date.now();
    let status = 200;
    while (status === 200 && Date.now() - endedAt < 5_000) {
      status = (await other.api.get('/v1/users/me').set(bearer)).status;
    }
    expect(status).toBe(401);
    expect(Date.now() - endedAt).toBeLessThan(2_500);
  });
});
