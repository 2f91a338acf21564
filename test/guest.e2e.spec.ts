import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { Controller, Get, type INestApplication, Injectable, Module, UseGuards } from '@nestjs/common';
import { ModulesContainer, NestFactory, RouterModule } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import request from 'supertest';
import { DataSource, type EntityManager } from 'typeorm';
import { MIGRATIONS } from '../migrations';
import {
  AUTH_ENTITIES,
  type AuthenticatedUser,
  AuthModule,
  CodeChecks,
  CurrentUser,
  JwtAuthGuard,
  type MadeAccount,
  type OutgoingMessage,
  RateLimitModule,
  RedisModule,
  RegisterService,
  Roles,
  RolesGuard,
  Secrets,
  SessionsService,
  SMS_ENTITIES,
  SmsModule,
  type SmsOutcome,
  type SmsProvider,
  Tickets,
  USER_STORE,
  USERS_ENTITIES,
  UsersModule,
  UsersService,
  type UserStore,
  VERIFICATION_ENTITIES,
  VerificationModule,
  VerificationService,
} from '../src';
import { eventually } from './support/eventually';
import { newPhone } from './support/journey';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database';

/** The club's own gateway. */
class Pigeons implements SmsProvider {
  readonly name = 'pigeons';
  readonly channels = new Set(['sms'] as const);
  readonly brought: OutgoingMessage[] = [];

  send(message: OutgoingMessage): Promise<SmsOutcome> {
    this.brought.push(message);
    return Promise.resolve({ kind: 'accepted', vendorCode: 'ok', providerMessageId: message.id });
  }
}

/** The club's own users, in a table of its own. */
@Injectable()
class Members implements UserStore {
  static isFull = false;

  constructor(private readonly dataSource: DataSource) {}

  async idOf(phone: string): Promise<string | undefined> {
    const [member] = await this.dataSource.query<{ id: string }[]>(
      'SELECT id FROM members WHERE phone = $1',
      [phone],
    );
    return member?.id;
  }

  async created({ id, phone, nickname }: MadeAccount, manager: EntityManager): Promise<void> {
    if (Members.isFull) throw new Error('No more members');
    await manager.query(
      'INSERT INTO members (id, phone, name) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING',
      [id, phone, nickname ?? 'somebody'],
    );
  }

  async deleted(userId: string, manager: EntityManager): Promise<void> {
    await manager.query('DELETE FROM members WHERE id = $1', [userId]);
  }
}

@Module({
  providers: [Members, { provide: USER_STORE, useExisting: Members }],
  exports: [USER_STORE],
})
class MembersModule {}

@Controller('club')
class ClubController {
  @Get('door')
  @UseGuards(JwtAuthGuard)
  door(@CurrentUser() { userId }: AuthenticatedUser) {
    return { welcome: userId };
  }

  @Get('cellar')
  @UseGuards(JwtAuthGuard, RolesGuard)
  @Roles('steward')
  cellar() {
    return { wine: true };
  }
}

const SECRET = randomBytes(32);

interface Club {
  readonly app: INestApplication;
  readonly api: ReturnType<typeof request>;
  readonly dataSource: DataSource;
  readonly pigeons: Pigeons;
}

async function openClub(database: ScratchDatabase, redisPrefix: string, controllers: boolean): Promise<Club> {
  const secrets = new Secrets(SECRET);
  const countries = ['CN'];
  const pigeons = new Pigeons();
  const sms = SmsModule.forRoot({ providers: [pigeons], secrets, countries, pollMs: 200 });
  const users = UsersModule.forRoot({ secrets, countries, controllers });
  const verification = VerificationModule.forRootAsync({
    imports: [sms, users],
    inject: [UsersService],
    useFactory: (accounts: UsersService) => ({
      secrets,
      accounts,
      countries,
      captchaMode: 'never' as const,
      codeLength: 6,
      codeTtl: 300,
      codeMaxAttempts: 5,
      resendCooldown: 0,
      phoneHourlyLimit: 0,
      phoneDailyLimit: 0,
      segmentHourlyLimit: 0,
      checkHourlyLimit: 0,
      liveVerifications: 0,
      voice: false,
    }),
    controllers,
  });
  const auth = AuthModule.forRootAsync({
    imports: [users, verification, sms, MembersModule],
    useFactory: () => ({
      secrets,
      countries,
      issuer: 'club',
      audience: 'club',
      accessTokenTtl: 600,
      refreshIdleTtl: 3_600,
      refreshAbsoluteTtl: 7_200,
      refreshReuseGrace: 10,
      passwordHourlyLimit: 10,
    }),
    controllers,
  });

  @Module({
    imports: [
      TypeOrmModule.forRoot({
        type: 'postgres',
        url: database.url,
        entities: [...SMS_ENTITIES, ...USERS_ENTITIES, ...VERIFICATION_ENTITIES, ...AUTH_ENTITIES],
        migrations: MIGRATIONS,
        migrationsTableName: 'club_migrations',
        migrationsRun: true,
      }),
      RedisModule.forRoot({ url: process.env.REDIS_URL!, prefix: redisPrefix }),
      RateLimitModule.forRoot({ perMinute: 0, sendsPerHour: 0 }),
      sms,
      users,
      verification,
      auth,
      RouterModule.register(
        [UsersModule, VerificationModule, AuthModule].map((module) => ({ path: 'accounts', module })),
      ),
    ],
    controllers: [ClubController],
  })
  class ClubModule {}

  const app = await NestFactory.create(ClubModule, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const dataSource = app.get<DataSource>(getDataSourceToken());
  await dataSource.query(
    'CREATE TABLE IF NOT EXISTS members (id uuid PRIMARY KEY, phone text UNIQUE NOT NULL, name text NOT NULL)',
  );
  return { app, api: request(`http://127.0.0.1:${port}`), dataSource, pigeons };
}

describe('a host that takes accounts into its platform', () => {
  let database: ScratchDatabase;
  let club: Club;
  let quiet: Club;

  beforeAll(async () => {
    database = await createScratchDatabase({ empty: true });
    const prefix = `guest-${randomBytes(6).toString('hex')}:`;
    club = await openClub(database, prefix, true);
    quiet = await openClub(database, `${prefix}quiet:`, false);
  });
  afterEach(() => (Members.isFull = false));
  afterAll(async () => {
    await club.app.close();
    await quiet.app.close();
    await database.drop();
  });

  /** Both have one outbox: whichever looks first sends the message. */
  const codeFor = (phone: string) =>
    eventually('the code', () => {
      const brought = [...club.pigeons.brought, ...quiet.pigeons.brought];
      return Promise.resolve(brought.findLast((message) => message.phone === phone)?.values.code);
    });

  async function proven(host: Club, phone: string, purpose: 'register' | 'login') {
    const { verificationId } = await host.app
      .get(VerificationService, { strict: false })
      .start({ phone, purpose }, { addressSends: 0, locale: 'zh' });
    return { verificationId, code: await codeFor(phone) };
  }

  const members = (phone: string) =>
    club.dataSource.query<{ id: string; name: string }[]>('SELECT id, name FROM members WHERE phone = $1', [
      phone,
    ]);
  const accountsOf = async (userId: string) =>
    (await club.dataSource.query<unknown[]>('SELECT 1 FROM users WHERE id = $1', [userId])).length;

  describe('with the routes', () => {
    it('has them below a prefix of its own, in the words of the contract', async () => {
      const phone = newPhone();
      const { body: started } = await club.api
        .post('/accounts/verifications')
        .send({ phone, purpose: 'register' })
        .expect(202);
      const { body: session } = await club.api
        .post('/accounts/users')
        .send({ verificationId: started.verificationId, code: await codeFor(phone), nickname: '小明' })
        .expect(201);
      expect(session.user).toMatchObject({ nickname: '小明' });
      await club.api.post('/v1/users').send({}).expect(404);
      const refused = await club.api.post('/accounts/verifications').send({ phone: '1', purpose: 'fun' });
      expect(refused.status).toBe(422);
      expect(refused.headers['content-type']).toMatch(/problem\+json/);
      expect(refused.body).toMatchObject({ code: 'VALIDATION_FAILED' });
    });

    it('keeps its own routes as they were: their errors are its own', async () => {
      const missed = await club.api.get('/club/nowhere').expect(404);
      expect(missed.headers['content-type']).not.toMatch(/problem/);
    });

    it('guards its own routes', async () => {
      const phone = newPhone();
      const { body: session } = await club.api
        .post('/accounts/sessions')
        .send({ grant: 'code', createUser: true, ...(await proven(club, phone, 'login')) })
        .expect(201);
      const bearer = { Authorization: `Bearer ${session.accessToken}` };
      const { body } = await club.api.get('/club/door').set(bearer).expect(200);
      expect(body).toEqual({ welcome: session.user.id });
      await club.api.get('/club/door').expect(401);
      await club.api.get('/club/cellar').set(bearer).expect(403);
    });
  });

  describe('with users of its own', () => {
    it('gives the account the id of the member that has the number', async () => {
      const phone = newPhone();
      const id = 'b3f1c1f0-5a0e-4c55-9d0a-2f6d6f1f0a01';
      await club.dataSource.query('INSERT INTO members (id, phone, name) VALUES ($1, $2, $3)', [
        id,
        phone,
        'since 1998',
      ]);
      const { body: session } = await club.api
        .post('/accounts/sessions')
        .send({ grant: 'code', createUser: true, ...(await proven(club, phone, 'login')) })
        .expect(201);
      expect(session.user.id).toBe(id);
      expect(await members(phone)).toEqual([{ id, name: 'since 1998' }]);
    });

    it('writes both sides or neither, and the proof stays good', async () => {
      const phone = newPhone();
      const proof = await proven(club, phone, 'login');
      const logIn = () =>
        club.api.post('/accounts/sessions').send({ grant: 'code', createUser: true, ...proof });
      Members.isFull = true;
      expect((await logIn()).status).toBe(500);
      expect(await members(phone)).toEqual([]);
      Members.isFull = false;
      const { body: session } = await logIn();
      expect(await members(phone)).toEqual([{ id: session.user.id, name: 'somebody' }]);
    });

    it('loses the member with the account', async () => {
      const phone = newPhone();
      const { body: session } = await club.api
        .post('/accounts/sessions')
        .send({ grant: 'code', createUser: true, ...(await proven(club, phone, 'login')) })
        .expect(201);
      const bearer = { Authorization: `Bearer ${session.accessToken}` };
      const { body: started } = await club.api
        .post('/accounts/verifications')
        .set(bearer)
        .send({ phone, purpose: 'delete_account' })
        .expect(202);
      const code = await eventually('the second code', () =>
        Promise.resolve(
          [...club.pigeons.brought, ...quiet.pigeons.brought].find(
            (one) => one.phone === phone && one.purpose === 'delete_account',
          )?.values.code,
        ),
      );
      await club.api
        .post('/accounts/step-ups')
        .set(bearer)
        .send({ verificationId: started.verificationId, code })
        .expect(200);
      await club.api.delete('/accounts/users/me').set(bearer).expect(202);
      expect(await members(phone)).toEqual([]);
    });
  });

  describe('without the routes', () => {
    it('has none', async () => {
      for (const path of ['/accounts/verifications', '/accounts/sessions', '/accounts/users', '/sessions'])
        await quiet.api.post(path).send({}).expect(404);
    });

    it('registers within a transaction of its own: a rollback leaves nothing, and the ticket good', async () => {
      const phone = newPhone();
      const { verificationId, code } = await proven(quiet, phone, 'register');
      const { ticket } = await quiet.app.get(CodeChecks, { strict: false }).exchange(verificationId, code);
      const register = (manager: EntityManager) =>
        quiet.app.get(RegisterService, { strict: false }).register({ ticket, nickname: '李雷' }, {}, manager);

      let undone = '';
      const failing = quiet.dataSource.transaction(async (manager) => {
        undone = (await register(manager)).user.id;
        throw new Error('The fee was not paid');
      });
      await expect(failing).rejects.toThrow('The fee was not paid');
      expect(await accountsOf(undone)).toBe(0);
      expect(await members(phone)).toEqual([]);

      const { user, accessToken } = await quiet.dataSource.transaction(register);
      expect(await accountsOf(user.id)).toBe(1);
      expect(await members(phone)).toEqual([{ id: user.id, name: '李雷' }]);
      await quiet.api.get('/club/door').set('Authorization', `Bearer ${accessToken}`).expect(200);
    });

    it('redeems a ticket within a transaction of its own', async () => {
      const phone = newPhone();
      const { verificationId, code } = await proven(quiet, phone, 'login');
      const { ticket } = await quiet.app.get(CodeChecks, { strict: false }).exchange(verificationId, code);
      const tickets = quiet.app.get(Tickets, { strict: false });
      const failing = quiet.dataSource.transaction(async (manager) => {
        await tickets.redeem(ticket, 'login', manager);
        throw new Error('Too late');
      });
      await expect(failing).rejects.toThrow('Too late');
      await expect(tickets.redeem(ticket, 'register')).rejects.toMatchObject({ code: 'TICKET_INVALID' });
      expect(await tickets.redeem(ticket, 'login')).toEqual({ phone });
      await expect(tickets.redeem(ticket, 'login')).rejects.toMatchObject({ code: 'TICKET_INVALID' });
    });

    it('opens sessions for users that it knows by a way of its own', async () => {
      const phone = newPhone();
      const { verificationId, code } = await proven(quiet, phone, 'register');
      const { user } = await quiet.app
        .get(RegisterService, { strict: false })
        .register({ verificationId, code }, {});
      const sessions = quiet.app.get(SessionsService, { strict: false });
      const { accessToken } = await sessions.open(user.id, ['swk']);
      await quiet.api.get('/club/door').set('Authorization', `Bearer ${accessToken}`).expect(200);
      await expect(sessions.open('b3f1c1f0-5a0e-4c55-9d0a-2f6d6f1f0a99', ['swk'])).rejects.toMatchObject({
        code: 'LOGIN_FAILED',
      });
    });
  });

  it('finds nothing of ours registered for the whole application', () => {
    const modules = [...club.app.get(ModulesContainer).values()];
    const tokens = modules.flatMap(({ providers }) => [...providers.keys()].map(String));
    expect(tokens.filter((token) => token.startsWith('APP_'))).toEqual([]);
    const ours = [SmsModule, UsersModule, VerificationModule, AuthModule] as unknown[];
    const globals = modules.filter(({ metatype, isGlobal }) => ours.includes(metatype) && isGlobal);
    expect(globals).toEqual([]);
  });
});
