import type { AddressInfo } from 'node:net';
import { Controller, Get, type INestApplication, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import passport from 'passport';
import request from 'supertest';
import {
  type AuthenticatedUser,
  CurrentUser,
  JwksAuthModule,
  type JwksAuthModuleOptions,
  JwtAuthGuard,
  RedisModule,
  Roles,
  RolesGuard,
} from '../src';
import { SessionsService } from '../src/auth/sessions/sessions.service';
import { eventually } from './support/eventually';
import { Journey, newPhone, type SignedIn } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';
import { TcpProxy } from './support/tcp-proxy';

@Controller()
@UseGuards(JwtAuthGuard, RolesGuard)
class ShopController {
  @Get('cart')
  cart(@CurrentUser() { userId, roles }: AuthenticatedUser) {
    return { userId, roles };
  }

  @Get('till')
  @Roles('admin')
  till() {
    return {};
  }
}

type Tokens = Pick<SignedIn, 'accessToken' | 'refreshToken'>;

/** A shop: a process of its own, which knows the issuer's address, and Redis if it likes. */
class Shop {
  static shops: Shop[] = [];

  private constructor(
    private readonly app: INestApplication,
    private readonly url: string,
  ) {}

  static async open(
    options: Pick<JwksAuthModuleOptions, 'jwks' | 'revocations' | 'audience'>,
    redis?: { url: string; prefix: string },
  ): Promise<Shop> {
    @Module({
      imports: [
        ...(redis ? [RedisModule.forRoot(redis)] : []),
        JwksAuthModule.forRootAsync({ useFactory: () => ({ issuer: 'gatecode', ...options }) }),
      ],
      controllers: [ShopController],
    })
    class ShopModule {}
    const app = await NestFactory.create(ShopModule, { logger: false, abortOnError: false });
    await app.listen(0, '127.0.0.1');
    const shop = new Shop(app, `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`);
    Shop.shops.push(shop);
    return shop;
  }

  static async closeAll(): Promise<void> {
    await Promise.all(Shop.shops.splice(0).map(({ app }) => app.close()));
  }

  visit(path: string, { accessToken }: Pick<Tokens, 'accessToken'>) {
    return request(this.url).get(path).set('Authorization', `Bearer ${accessToken}`);
  }

  anonymous() {
    return request(this.url).get('/cart');
  }

  async refuses(tokens: Tokens, withinMs = 2_000): Promise<void> {
    await eventually('refusal', async () => (await this.visit('/cart', tokens)).status === 401, withinMs);
  }
}

describe('a second process with JwksAuthModule', () => {
  const operator = newPhone();
  let issuer: RunningApp;
  let journey: Journey;
  let proxies: { issuer: TcpProxy; redis: TcpProxy };

  beforeEach(async () => {
    issuer = await startApp({ ...WIDE, ADMIN_PHONES: operator });
    journey = new Journey(issuer);
    proxies = {
      issuer: await TcpProxy.before(issuer.url),
      redis: await TcpProxy.before(process.env.REDIS_URL!),
    };
  });
  afterEach(async () => {
    await Shop.closeAll();
    await issuer.stop();
    await proxies.issuer.stop();
    await proxies.redis.stop();
  });

  const jwks = () => ({ url: `${proxies.issuer.through(issuer.url)}.well-known/jwks.json` });
  const redis = () => ({
    url: proxies.redis.through(process.env.REDIS_URL!),
    prefix: issuer.cluster.redisPrefix,
  });
  const shop = (revocations?: JwksAuthModuleOptions['revocations']) =>
    Shop.open({ jwks: jwks(), audience: 'gatecode', revocations }, redis());
  const logOut = ({ accessToken }: Tokens) =>
    issuer.api.delete('/v1/sessions/current').set('Authorization', `Bearer ${accessToken}`).expect(204);
  const refresh = async ({ refreshToken }: Tokens): Promise<Tokens> =>
    (await issuer.api.post('/v1/sessions/refresh').send({ refreshToken }).expect(200)).body;
  const kidOf = ({ accessToken }: Tokens): string =>
    JSON.parse(Buffer.from(accessToken.split('.')[0], 'base64url').toString()).kid;

  it('knows who comes, and what they may do', async () => {
    const { visit, anonymous } = bound(await shop());
    const user = await journey.register();
    const admin = await journey.register(operator);
    const { body } = await visit('/cart', user).expect(200);
    expect(body).toEqual({ userId: user.userId, roles: ['user'] });
    await visit('/till', user).expect(403);
    await visit('/till', admin).expect(200);
    await anonymous().expect(401);
    await visit('/cart', { accessToken: user.refreshToken }).expect(401);
    await visit('/cart', { accessToken: `${user.accessToken}x` }).expect(401);
    expect(Object.keys((passport as unknown as { _strategies: object })._strategies)).toEqual(['session']);
  });

  it('takes no token that is meant for others', async () => {
    const other = await Shop.open({ jwks: jwks(), audience: 'bank' });
    await other.visit('/cart', await journey.register()).expect(401);
  });

  it.each<[string, (user: SignedIn) => Promise<unknown>]>([
    ['logging out', logOut],
    [
      'disabling a user',
      async ({ userId }) =>
        (await issuer.app.get(SessionsService, { strict: false }).endAll(userId, 'account-disabled'))(),
    ],
  ])('hears of %s within two seconds', async (_, end) => {
    const open = await shop();
    const user = await journey.register();
    await open.visit('/cart', user).expect(200);
    await end(user);
    await open.refuses(user);
  });

  it('knows what ended before it began, and while Redis was away', async () => {
    const early = await journey.register();
    await logOut(early);
    const open = await shop();
    await open.visit('/cart', early).expect(401);

    const late = await journey.register();
    await proxies.redis.refuse();
    await logOut(late);
    await open.visit('/cart', late).expect(200);
    await proxies.redis.heal();
    await open.refuses(late, 5_000);
  });

  it('that must know what has ended takes no token while Redis is gone', async () => {
    const open = await shop('require');
    const user = await journey.register();
    await open.visit('/cart', user).expect(200);
    await proxies.redis.refuse();
    await eventually('caution', async () => (await open.visit('/cart', user)).status === 503, 8_000);
    await proxies.redis.heal();
    await eventually('recovery', async () => (await open.visit('/cart', user)).status === 200, 8_000);
  });

  it('follows the rotation of keys', async () => {
    const open = await shop();
    const before = await journey.register();
    await open.visit('/cart', before).expect(200);
    await issuer.dataSource.query(`UPDATE signing_keys SET signs_from = signs_from - interval '90 days'`);
    await eventually('next key', async () => {
      const { body } = await issuer.api.get('/.well-known/jwks.json');
      return body.keys.length === 2;
    });
    await issuer.dataSource.query(`UPDATE signing_keys SET signs_from = signs_from - interval '311 seconds'`);
    const after = await eventually('takeover', async () => {
      const tokens = await journey.register();
      return kidOf(tokens) !== kidOf(before) && tokens;
    });
    // It has begun a moment ago, and looks for unknown keys every ten seconds at the most.
    await eventually('new key', async () => (await open.visit('/cart', after)).status === 200, 12_000);
    await open.visit('/cart', before).expect(200);
  });

  it('hears of a compromised key, and takes tokens of the new one', async () => {
    const open = await shop();
    const admin = await journey.register(operator);
    const user = await journey.register();
    await open.visit('/cart', user).expect(200);
    await issuer.api
      .delete(`/v1/admin/keys/${kidOf(user)}`)
      .set('Authorization', `Bearer ${admin.accessToken}`)
      .expect(204);
    await open.refuses(user);
    const again = await refresh(user);
    await eventually('new key', async () => (await open.visit('/cart', again)).status === 200, 2_000);
  });

  it('goes on while the issuer is gone', async () => {
    const open = await shop();
    const user = await journey.register();
    await open.visit('/cart', user).expect(200);
    const other = await journey.register();
    await proxies.issuer.refuse();
    await open.visit('/cart', other).expect(200);
  });

  it('begins without the issuer, and with it as soon as it is there', async () => {
    await proxies.issuer.refuse();
    const open = await shop();
    const user = await journey.register();
    await open.visit('/cart', user).expect(503);
    await proxies.issuer.heal();
    await eventually('keys', async () => (await open.visit('/cart', user)).status === 200, 5_000);
  });

  it('needs neither issuer nor Redis where the keys are given', async () => {
    const { body } = await issuer.api.get('/.well-known/jwks.json').expect(200);
    const open = await Shop.open({ jwks: { keys: body.keys }, audience: 'gatecode' });
    await open.visit('/cart', await journey.register()).expect(200);
  });

  it('does not begin with a wish that cannot be met', async () => {
    const { body } = await issuer.api.get('/.well-known/jwks.json').expect(200);
    const wish = { jwks: { keys: body.keys }, audience: 'gatecode', revocations: 'follow' } as const;
    await expect(Shop.open(wish)).rejects.toThrow('needs a RedisModule');
  });
});

/** Its methods, to be used without it. */
function bound(shop: Shop) {
  return { visit: shop.visit.bind(shop), anonymous: shop.anonymous.bind(shop) };
}
