import { randomBytes } from 'node:crypto';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SMS_MIGRATIONS } from '../migrations';
import {
  RonglianSmsProvider,
  Secrets,
  SMS_ENTITIES,
  SmsModule,
  SmsService,
  TencentSmsProvider,
} from '../src';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database';
import { RONGLIAN_ACCOUNT, RonglianSimulator } from './support/simulators/ronglian.simulator';
import { TENCENT_ACCOUNT, TencentSimulator } from './support/simulators/tencent.simulator';

const NOTICE = { '41': { params: 1, kind: 'notice' } } as const;
const template = { shipped: { id: '41', params: ['parcel'] } };
const BLACKLISTED = '13800138002';

describe('notices of a host', () => {
  let database: ScratchDatabase;
  let tencent: TencentSimulator;
  let ronglian: RonglianSimulator;
  let host: INestApplicationContext;
  let sms: SmsService;

  beforeAll(async () => {
    database = await createScratchDatabase({ empty: true });
    tencent = await TencentSimulator.start({ moreTemplates: NOTICE, blacklist: [`+86${BLACKLISTED}`] });
    ronglian = await RonglianSimulator.start({ moreTemplates: NOTICE });
    host = await NestFactory.createApplicationContext(hostModule(), { logger: false, abortOnError: false });
    sms = host.get(SmsService);
  });
  afterEach(() => {
    tencent.reset();
    ronglian.reset();
  });
  afterAll(async () => {
    await host?.close();
    await Promise.all([tencent?.stop(), ronglian?.stop(), database?.drop()]);
  });

  function hostModule() {
    const { secretId, secretKey, smsAppId, signName, templateId } = TENCENT_ACCOUNT;
    const { accountSid, authToken, appId } = RONGLIAN_ACCOUNT;
    const providers = [
      new TencentSmsProvider({
        vendor: 'tencent',
        ...{ secretId, secretKey, smsAppId, signName, templateId, templates: template },
        baseUrl: tencent.url,
      }),
      new RonglianSmsProvider({
        vendor: 'ronglian',
        ...{ accountSid, authToken, appId, templateId: RONGLIAN_ACCOUNT.templateId, templates: template },
        displayNum: '01052823298',
        noticeVoice: { txtSpeed: '-10' },
        baseUrl: ronglian.url,
      }),
    ];
    @Module({
      imports: [
        TypeOrmModule.forRoot({
          type: 'postgres',
          url: database.url,
          entities: SMS_ENTITIES,
          migrations: SMS_MIGRATIONS,
          migrationsRun: true,
        }),
        SmsModule.forRoot({ providers, secrets: new Secrets(randomBytes(32)), countries: ['CN'] }),
      ],
    })
    class HostModule {}
    return HostModule;
  }

  const notice = {
    to: ['13800138001', BLACKLISTED, '13800138003'],
    values: { parcel: 'A7' },
    purpose: 'shipped',
  };

  it('go to many numbers at once, and each outcome is told', async () => {
    const results = await sms.sendBatch(notice);
    expect(results).toMatchObject([
      { to: '138****8001', provider: 'tencent', outcome: { kind: 'accepted', segments: 1 } },
      { to: '138****8002', provider: 'tencent', outcome: { kind: 'refused', refusal: 'K' } },
      { to: '138****8003', provider: 'tencent', outcome: { kind: 'accepted' } },
    ]);
    expect(tencent.calls).toBe(1);
    expect(tencent.ledger[0]).toMatchObject({ templateId: '41', params: ['A7'] });
    expect(ronglian.calls).toBe(0);
  });

  it('go through the next gateway when the first has no money', async () => {
    await tencent.fault({ kind: 'refuse', code: 'FailedOperation.InsufficientBalanceInSmsPackage' }, 1);
    const results = await sms.sendBatch(notice);
    expect(results.map(({ provider }) => provider)).toEqual(['ronglian', 'ronglian', 'ronglian']);
    expect(ronglian).toMatchObject({ calls: 1, ledger: { length: 3 } });
  });

  it('are never sent again when nobody knows what became of them', async () => {
    await tencent.fault({ kind: 'accept-then-cut' }, 1);
    const results = await sms.sendBatch(notice);
    expect(results.map(({ outcome }) => outcome.kind)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(tencent.calls + ronglian.calls).toBe(1);
  });

  it('are no way to send codes', async () => {
    const codes = sms.sendBatch({ ...notice, values: { code: '438217' } });
    await expect(codes).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  });

  it('may be calls, through the gateway that makes them', async () => {
    const result = await sms.callNotice({
      to: '01052823298-627',
      text: '您的包裹已到',
      playTimes: 2,
      displayNum: '4001234567',
    });
    expect(result).toMatchObject({
      provider: 'ronglian',
      outcome: { kind: 'accepted', vendorCode: '000000' },
    });
    expect(tencent.calls).toBe(0);
    expect(ronglian.ledger).toEqual([
      expect.objectContaining({
        to: '01052823298-627',
        channel: 'voice',
        clientMessageId: result.id,
        params: [
          'displayNum=4001234567',
          'mediaTxt=您的包裹已到',
          'playTimes=2',
          'txtSpeed=-10',
          `userData=${result.id}`,
        ],
      }),
    ]);
  });

  it('are refused as calls before anybody is called, when they cannot be one', async () => {
    const { outcome } = await sms.callNotice({ to: '13800138001' });
    expect(outcome).toMatchObject({ kind: 'refused', vendorCode: 'LOCAL_CONTENT' });
    expect(ronglian.calls).toBe(0);
  });
});
