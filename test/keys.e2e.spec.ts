import { eventually } from './support/eventually';
import { Journey, newPhone, type SignedIn } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';
import { TcpProxy } from './support/tcp-proxy';

interface Header {
  readonly alg: string;
  readonly kid: string;
}
type Tokens = Pick<SignedIn, 'accessToken' | 'refreshToken'>;

const headerOf = ({ accessToken }: Pick<Tokens, 'accessToken'>): Header =>
  JSON.parse(Buffer.from(accessToken.split('.')[0], 'base64url').toString());

const bearer = ({ accessToken }: Pick<Tokens, 'accessToken'>) => ({ Authorization: `Bearer ${accessToken}` });
const statusAt = async (app: RunningApp, tokens: Tokens) =>
  (await app.api.get('/v1/users/me').set(bearer(tokens))).status;
const jwksAt = async (app: RunningApp): Promise<Record<string, string>[]> =>
  (await app.api.get('/.well-known/jwks.json').expect(200)).body.keys;
const kidsAt = async (app: RunningApp) => (await jwksAt(app)).map(({ kid }) => kid);
const refreshAt = async (app: RunningApp, { refreshToken }: Tokens): Promise<Tokens> =>
  (await app.api.post('/v1/sessions/refresh').send({ refreshToken }).expect(200)).body;

interface KeyRow {
  readonly kid: string;
  readonly retired: boolean;
  readonly revoked: boolean;
  readonly bytes: number;
}

/** Newest first. */
const rowsOf = ({ dataSource }: RunningApp): Promise<KeyRow[]> =>
  dataSource.query(
    `SELECT kid, retired_at IS NOT NULL AS retired, revoked_at IS NOT NULL AS revoked, length(private_wrapped) AS bytes
     FROM signing_keys ORDER BY signs_from DESC`,
  );

/** The store's clock goes on by so much, as far as keys can tell. */
const clockGoesOn = ({ dataSource }: RunningApp, interval: string) =>
  dataSource.query(
    `UPDATE signing_keys SET signs_from = signs_from - $1::interval, created_at = created_at - $1::interval`,
    [interval],
  );

const PUBLIC_MEMBERS = ['alg', 'crv', 'e', 'kid', 'kty', 'n', 'use', 'x', 'y'];

describe('signing keys', () => {
  const operator = newPhone();
  let here: RunningApp;
  let there: RunningApp;
  let redis: TcpProxy;
  let journey: Journey;

  beforeEach(async () => {
    const variables = { ...WIDE, LOG_LEVEL: 'silent', ADMIN_PHONES: operator };
    redis = await TcpProxy.before(process.env.REDIS_URL!);
    here = await startApp(variables);
    there = await startApp({ ...variables, REDIS_URL: redis.through(process.env.REDIS_URL!) }, here.cluster);
    journey = new Journey(here);
  });
  afterEach(async () => {
    await there.stop();
    await here.stop();
    await redis.stop();
  });

  const bothHave = (kids: string[]) =>
    eventually(`keys ${kids.join()} in both key sets`, async () => {
      const sets = await Promise.all([kidsAt(here), kidsAt(there)]);
      return sets.every((set) => [...set].sort().join() === [...kids].sort().join());
    });
  const rotate = async (as: Tokens) =>
    (await here.api.post('/v1/admin/keys/rotate').set(bearer(as)).expect(201)).body;
  const revoke = (kid: string, as: Tokens) => here.api.delete(`/v1/admin/keys/${kid}`).set(bearer(as));

  it('are one, however many instances begin together', async () => {
    expect(await rowsOf(here)).toHaveLength(1);
    await here.dataSource.query('DELETE FROM signing_keys');
    const late = await Promise.all([1, 2, 3].map(() => startApp(WIDE, here.cluster)));
    expect(await rowsOf(here)).toHaveLength(1);
    await Promise.all(late.map((app) => app.stop()));
  });

  it('are replaced in time: published, then signing, then verifying, then gone', async () => {
    const user = await journey.register();
    const { kid: first } = headerOf(user);
    await clockGoesOn(here, '90 days');
    const second = await eventually('next key', async () =>
      (await kidsAt(here)).find((kid) => kid !== first),
    );
    await bothHave([first, second]);
    // Nobody signs with it while verifiers may not know it.
    await clockGoesOn(here, '300 seconds');
    expect(headerOf(await refreshAt(there, user)).kid).toBe(first);

    await clockGoesOn(here, '11 seconds');
    const other = await journey.register();
    await eventually('takeover on both instances', async () => {
      const signers = await Promise.all(
        [here, there].map(async (app) => headerOf(await new Journey(app).register()).kid),
      );
      return signers.every((kid) => kid === second);
    });
    expect(await statusAt(here, user)).toBe(200);
    expect(await statusAt(there, other)).toBe(200);
    await bothHave([first, second]);

    await clockGoesOn(here, '660 seconds');
    await bothHave([first, second]);
    await clockGoesOn(here, '20 seconds');
    await bothHave([second]);
    const rows = await rowsOf(here);
    expect(rows.map(({ kid, retired }) => [kid, retired])).toEqual([
      [second, false],
      [first, true],
    ]);
    // A private half that signs no more is not kept.
    expect(rows[1].bytes).toBe(0);
  });

  it('can be asked for by operators, are answered without their private half, and written down', async () => {
    const admin = await journey.register(operator);
    const user = await journey.register();
    await here.api.post('/v1/admin/keys/rotate').set(bearer(user)).expect(403);
    const made = await rotate(admin);
    expect(made).toEqual({
      kid: expect.stringMatching(/^[\w-]{43}$/),
      alg: 'ES256',
      state: 'next',
      createdAt: expect.any(String),
      signsFrom: expect.any(String),
      retiredAt: null,
    });
    const wait = Date.parse(made.signsFrom) - Date.parse(made.createdAt);
    expect(wait).toBeGreaterThanOrEqual(300_000);
    expect(wait).toBeLessThan(330_000);
    await bothHave([headerOf(admin).kid, made.kid]);
    const { body } = await here.api.get('/v1/admin/keys').set(bearer(admin)).expect(200);
    expect(body.items.map(({ kid, state }: { kid: string; state: string }) => [kid, state])).toEqual([
      [made.kid, 'next'],
      [headerOf(admin).kid, 'signing'],
    ]);
    const { body: audit } = await here.api.get('/v1/admin/audit').set(bearer(admin)).expect(200);
    expect(audit.items).toContainEqual(
      expect.objectContaining({ action: 'key.rotated', actor: admin.userId, subject: made.kid }),
    );
  });

  it('that wait give way to one that is asked for later', async () => {
    const admin = await journey.register(operator);
    const { kid: replaced } = await rotate(admin);
    const { kid: next } = await rotate(admin);
    await bothHave([headerOf(admin).kid, next]);
    expect((await rowsOf(here)).find(({ kid }) => kid === replaced)).toMatchObject({ retired: true });
  });

  it.each(['with Redis', 'with Redis gone'])(
    'that are compromised take their tokens along, on every instance within two seconds, %s',
    async (how) => {
      const admin = await journey.register(operator);
      const user = await journey.register();
      const { kid } = headerOf(user);
      // It is remembered there as a good one.
      expect(await statusAt(there, user)).toBe(200);
      if (how === 'with Redis gone') await redis.refuse();
      await revoke(kid, admin).expect(204);
      expect(await statusAt(here, user)).toBe(401);
      await eventually('end of the token', async () => (await statusAt(there, user)) === 401, 2_000);
      await redis.heal();

      const [{ kid: second }, { revoked, bytes }] = await rowsOf(here);
      expect({ revoked, bytes }).toEqual({ revoked: true, bytes: 0 });
      await bothHave([second]);
      // Sessions stay, and go on under a new key at once.
      const again = await refreshAt(here, user);
      expect(headerOf(again).kid).toBe(second);
      expect(await statusAt(there, again)).toBe(200);
      const asAdmin = await refreshAt(here, admin);
      const { body } = await here.api.get('/v1/admin/audit').set(bearer(asAdmin)).expect(200);
      expect(body.items).toContainEqual(expect.objectContaining({ action: 'key.revoked', subject: kid }));
      await revoke(kid, asAdmin).expect(204);
      await revoke('unknown', asAdmin).expect(404);
    },
  );

  it('that wait take over from a compromised one at once, and may be revoked themselves', async () => {
    const admin = await journey.register(operator);
    const { kid: waiting } = await rotate(admin);
    await revoke(headerOf(admin).kid, admin).expect(204);
    const again = await refreshAt(here, admin);
    expect(headerOf(again).kid).toBe(waiting);
    const { kid: unused } = await rotate(again);
    await revoke(unused, again).expect(204);
    await bothHave([waiting]);
    expect(headerOf(await refreshAt(there, again)).kid).toBe(waiting);
  });

  it('come back by no rotation: the one before a compromised one does not sign again', async () => {
    const admin = await journey.register(operator);
    const { kid: first } = headerOf(admin);
    const { kid: second } = await rotate(admin);
    await clockGoesOn(here, '311 seconds');
    const later = await eventually('takeover', async () => {
      const tokens = await journey.register(newPhone());
      return headerOf(tokens).kid === second && tokens;
    });
    await revoke(second, admin).expect(204);
    expect(await statusAt(here, later)).toBe(401);
    expect(await statusAt(here, admin)).toBe(200);
    const { kid } = headerOf(await refreshAt(here, later));
    expect([first, second]).not.toContain(kid);
  });

  it.each(['EdDSA', 'RS256'])('of another kind take over in time: %s', async (JWT_ALGORITHM) => {
    const user = await journey.register();
    const changed = await startApp({ ...WIDE, LOG_LEVEL: 'silent', JWT_ALGORITHM }, here.cluster);
    const [first] = [headerOf(user).kid];
    const keys = await jwksAt(changed);
    expect(keys.map(({ alg }) => alg).sort()).toEqual(['ES256', JWT_ALGORITHM].sort());
    for (const key of keys) {
      expect(PUBLIC_MEMBERS).toEqual(expect.arrayContaining(Object.keys(key)));
      expect(key).toMatchObject({ use: 'sig', kid: expect.stringMatching(/^[\w-]{43}$/) });
    }
    expect(headerOf(await refreshAt(changed, user)).kid).toBe(first);
    await clockGoesOn(here, '311 seconds');
    // Instances that were started with the other algorithm sign with it as well.
    for (const app of [changed, here, there]) {
      const tokens = await eventually('takeover', async () => {
        const fresh = await new Journey(app).register();
        return headerOf(fresh).alg === JWT_ALGORITHM && fresh;
      });
      expect(await statusAt(here, tokens)).toBe(200);
      expect(await statusAt(changed, tokens)).toBe(200);
      expect(await statusAt(changed, user)).toBe(200);
    }
    await changed.stop();
  });

  it('are published for caches, and with a type of their own', async () => {
    const { headers } = await here.api.get('/.well-known/jwks.json').expect(200);
    expect(headers['cache-control']).toBe('public, max-age=300');
    expect(headers['content-type']).toMatch(/^application\/jwk-set\+json/);
    const [key] = await jwksAt(here);
    expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });
});
