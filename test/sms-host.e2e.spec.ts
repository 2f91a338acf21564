import { randomBytes } from 'node:crypto';
import { type INestApplicationContext, Injectable, Module } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { getDataSourceToken, InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { Column, DataSource, Entity, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { SMS_MIGRATIONS } from '../migrations';
import * as gatecode from '../src';
import {
  LuosimaoSmsProvider,
  Secrets,
  SMS_ENTITIES,
  SMS_PROVIDERS,
  SmsModule,
  type SmsModuleOptions,
  type SmsProvider,
  SmsService,
} from '../src';
import { eventually } from './support/eventually';
import { newPhone } from './support/journey';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database';
import { LUOSIMAO_ACCOUNT, LuosimaoSimulator } from './support/simulators/luosimao.simulator';

/** How this host keeps its settings: a class of its own, no environment. */
@Injectable()
class ShopSettings {
  static gatewayUrl = '';
  static databaseUrl = '';

  readonly sms = { url: ShopSettings.gatewayUrl, key: LUOSIMAO_ACCOUNT.apiKey };
  readonly secret = randomBytes(32);
  readonly databaseUrl = ShopSettings.databaseUrl;
}

@Module({ providers: [ShopSettings], exports: [ShopSettings] })
class ShopSettingsModule {}

@Entity('parcels')
class Parcel {
  @PrimaryGeneratedColumn()
  id: number;

  @Column('uuid', { name: 'message_id' })
  messageId: string;
}

@Injectable()
class ParcelsService {
  constructor(
    private readonly sms: SmsService,
    @InjectRepository(Parcel) private readonly parcels: Repository<Parcel>,
  ) {}

  async handOver(phone: string): Promise<Parcel> {
    const values = { code: '905172', minutes: '30' };
    const { messageId } = await this.sms.send({ to: phone, values, purpose: 'parcel' });
    return this.parcels.save(this.parcels.create({ messageId }));
  }
}

const smsOptions = ({ sms, secret }: ShopSettings): SmsModuleOptions => ({
  providers: [
    new LuosimaoSmsProvider({
      vendor: 'luosimao',
      apiKey: sms.key,
      signature: LUOSIMAO_ACCOUNT.signature,
      baseUrl: sms.url,
    }),
  ],
  secrets: new Secrets(secret),
  countries: ['CN'],
  pollMs: 200,
});

@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      imports: [ShopSettingsModule],
      inject: [ShopSettings],
      useFactory: ({ databaseUrl }: ShopSettings) => ({
        type: 'postgres' as const,
        url: databaseUrl,
        entities: [Parcel, ...SMS_ENTITIES],
        migrations: SMS_MIGRATIONS,
        migrationsTableName: 'shop_migrations',
        migrationsRun: true,
      }),
    }),
    TypeOrmModule.forFeature([Parcel]),
    SmsModule.forRootAsync({
      imports: [ShopSettingsModule],
      inject: [ShopSettings],
      useFactory: smsOptions,
    }),
  ],
  providers: [ParcelsService],
})
class ShopModule {}

describe('a host that takes SmsModule alone', () => {
  let database: ScratchDatabase;
  let gateway: LuosimaoSimulator;
  let host: INestApplicationContext;

  beforeAll(async () => {
    database = await createScratchDatabase({ empty: true });
    gateway = await LuosimaoSimulator.start();
    ShopSettings.databaseUrl = database.url;
    ShopSettings.gatewayUrl = gateway.url;
    host = await NestFactory.createApplicationContext(ShopModule, { logger: false, abortOnError: false });
    await host
      .get<DataSource>(getDataSourceToken())
      .query('CREATE TABLE parcels (id serial PRIMARY KEY, message_id uuid NOT NULL)');
  });
  afterEach(() => gateway.reset());
  afterAll(async () => {
    await host.close();
    await database.drop();
    await gateway.stop();
  });

  const find = (messageId: string) => host.get(SmsService).find(messageId);

  it('sends, and sees the outcome', async () => {
    const phone = newPhone();
    const { messageId } = await host.get(ParcelsService).handOver(phone);
    const message = await eventually('outcome', async () => {
      const row = await find(messageId);
      return row?.state === 'accepted' && row;
    });
    expect(gateway.ledger).toEqual([
      expect.objectContaining({ to: phone.slice(3), code: '905172', channel: 'sms' }),
    ]);
    expect(message).toMatchObject({
      purpose: 'parcel',
      provider: 'luosimao',
      providerMessageId: gateway.ledger[0].providerMessageId,
      contentCiphertext: null,
    });
  });

  it('sees a refusal, too', async () => {
    await gateway.fault({ kind: 'refuse', code: '-41' });
    const { messageId } = await host.get(ParcelsService).handOver(newPhone());
    const message = await eventually('outcome', async () => {
      const row = await find(messageId);
      return row?.state === 'refused' && row;
    });
    expect(message.refusal).toBe('K');
  });

  it('has its providers under the public token', () => {
    const providers = host.get<SmsProvider[]>(SMS_PROVIDERS);
    expect(providers.map(({ name }) => name)).toEqual(['luosimao']);
  });

  it('gets the tables of this module and no other, in a table of migrations of its own', async () => {
    const rows = await host
      .get<DataSource>(getDataSourceToken())
      .query<{ name: string }[]>(
        `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
      );
    expect(rows.map(({ name }) => name)).toEqual([
      'parcels',
      'shop_migrations',
      'sms_attempts',
      'sms_messages',
      'sms_provider_settings',
      'sms_receipts',
    ]);
  });

  it('finds nothing global in itself: no APP_* provider, no global module, no route', () => {
    const modules = [...host.get(ModulesContainer).values()];
    const tokens = modules.flatMap(({ providers }) => [...providers.keys()].map(String));
    expect(tokens.filter((token) => token.startsWith('APP_'))).toEqual([]);
    const ours = modules.find(({ metatype }) => metatype === SmsModule)!;
    expect(ours.isGlobal).toBe(false);
    expect(ours.controllers.size).toBe(0);
    expect(modules.filter(({ metatype }) => metatype.name === 'RedisModule')).toEqual([]);
  });
});

describe('the package', () => {
  it('offers its modules, services, guards and tokens by name', () => {
    for (const name of [
      'SmsModule',
      'SmsService',
      'SMS_PROVIDERS',
      'SMS_ENTITIES',
      'VerificationModule',
      'VerificationService',
      'CodeChecks',
      'VERIFICATION_ENTITIES',
      'UsersModule',
      'UsersService',
      'User',
      'USERS_ENTITIES',
      'AuthModule',
      'SessionsService',
      'AUTH_ENTITIES',
      'JwtAuthGuard',
      'OptionalJwtAuthGuard',
      'CurrentUser',
      'RedisModule',
      'RateLimitModule',
      'OpsModule',
      'Secrets',
      'Problem',
      'ProblemFilter',
    ]) {
      expect(gatecode).toHaveProperty(name);
    }
  });
});
