import { randomUUID } from 'node:crypto';

import type { Phone } from '../../../src/common/phone';
import { LuosimaoSmsProvider } from '../../../src/sms/providers/luosimao.provider';
import { RonglianSmsProvider } from '../../../src/sms/providers/ronglian.provider';
import { TencentSmsProvider } from '../../../src/sms/providers/tencent.provider';
import type { SmsOutcome } from '../../../src/sms/sms-provider.interface';
import { LUOSIMAO_ACCOUNT, LuosimaoSimulator } from './luosimao.simulator';
import { RONGLIAN_ACCOUNT, RonglianSimulator } from './ronglian.simulator';
import { TENCENT_ACCOUNT, TencentSimulator } from './tencent.simulator';

// A simulator that takes everything proves nothing about a provider: here each is given something wrong.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function message(values: Record<string, string> = { code: '438217', minutes: '5' }) {
  const phone = '+8613800138000' as Phone;
  return { id: randomUUID(), phone, channel: 'sms', purpose: 'login', locale: 'zh', values } as const;
}

const clockOff = (offset: number) => ({ now: () => Date.now() + offset });

describe('the Tencent simulator', () => {
  async function send(
    changes: object,
    { offset = 0, values }: { offset?: number; values?: Record<string, string> } = {},
  ) {
    const simulator = await TencentSimulator.start();
    const account = { vendor: 'tencent', ...TENCENT_ACCOUNT, baseUrl: simulator.url, ...changes } as const;
    const provider = new TencentSmsProvider(account, undefined, clockOff(offset));
    const outcome = await provider.send(message(values));
    await Promise.all([provider.close(), simulator.stop()]);
    return outcome;
  }

  it.each<[name: string, outcome: () => Promise<SmsOutcome>, code: string]>([
    ['a clock 4 minutes off', () => send({}, { offset: -4 * MINUTE }), 'Ok'],
    ['a clock 6 minutes behind', () => send({}, { offset: -6 * MINUTE }), 'AuthFailure.SignatureExpire'],
    ['a clock 6 minutes ahead', () => send({}, { offset: 6 * MINUTE }), 'AuthFailure.SignatureExpire'],
    ['an unknown key id', () => send({ secretId: 'AKIDUNKNOWN' }), 'AuthFailure.SecretIdNotFound'],
    ['a wrong key', () => send({ secretKey: 'wrong' }), 'AuthFailure.SignatureFailure'],
    [
      'another application',
      () => send({ smsAppId: '1400000000' }),
      'UnauthorizedOperation.SmsSdkAppIdVerifyFail',
    ],
    ['brackets', () => send({ signName: '【示例公司】' }), 'FailedOperation.SignatureIncorrectOrUnapproved'],
    ['another template', () => send({ templateId: '7' }), 'FailedOperation.TemplateIncorrectOrUnapproved'],
    [
      'a missing parameter',
      () => send({ templateParams: ['code'] }),
      'FailedOperation.TemplateParamSetNotMatchApprovedTemplate',
    ],
    [
      'a code of 7 digits',
      () => send({}, { values: { code: '4382175', minutes: '5' } }),
      'InvalidParameterValue.TemplateParameterFormatError',
    ],
    ['a strange region', () => send({ region: 'moon' }), 'UnsupportedRegion'],
  ])('judges %s', async (_, outcome, vendorCode) => {
    expect(await outcome()).toMatchObject({ vendorCode });
  });
});

describe.each(['json', 'xml'] as const)('the Ronglian simulator (%s)', (bodyFormat) => {
  async function send(changes: object, offset = 0) {
    const simulator = await RonglianSimulator.start();
    const account = {
      vendor: 'ronglian',
      ...RONGLIAN_ACCOUNT,
      baseUrl: simulator.url,
      bodyFormat,
      ...changes,
    } as const;
    const provider = new RonglianSmsProvider(account, undefined, clockOff(offset));
    const outcome = await provider.send(message());
    await Promise.all([provider.close(), simulator.stop()]);
    return outcome;
  }

  it.each<[name: string, outcome: () => Promise<SmsOutcome>, code: string]>([
    ['a clock 23 hours behind', () => send({}, -23 * HOUR), '000000'],
    ['a clock 25 hours behind', () => send({}, -25 * HOUR), '111106'],
    ['an unknown account', () => send({ accountSid: 'unknown' }), '111141'],
    ['a wrong token', () => send({ authToken: 'wrong' }), '111109'],
    ['another application', () => send({ appId: 'unknown' }), '111182'],
    ['a template id with letters', () => send({ templateId: 'T1' }), '160057'],
    ['another template', () => send({ templateId: '7' }), '160032'],
    ['a missing parameter', () => send({ templateParams: ['code'] }), '160052'],
  ])('judges %s', async (_, outcome, vendorCode) => {
    expect(await outcome()).toMatchObject({ vendorCode });
  });
});

describe('the Luosimao simulator', () => {
  async function send(changes: object, values?: Record<string, string>) {
    const simulator = await LuosimaoSimulator.start();
    const account = { vendor: 'luosimao', ...LUOSIMAO_ACCOUNT, baseUrl: simulator.url, ...changes } as const;
    const provider = new LuosimaoSmsProvider(account);
    const outcome = await provider.send(message(values));
    await Promise.all([provider.close(), simulator.stop()]);
    return outcome;
  }

  it.each<[name: string, outcome: () => Promise<SmsOutcome>, code: string]>([
    ['a key with its prefix', () => send({ apiKey: `key-${LUOSIMAO_ACCOUNT.apiKey}` }), '0'],
    ['a wrong key', () => send({ apiKey: 'wrong' }), '-10'],
    ['the key of the voice product', () => send({ apiKey: LUOSIMAO_ACCOUNT.voiceApiKey }), '-10'],
    ['an unknown signature', () => send({ signature: '别的公司' }), '-34'],
    ['an empty signature', () => send({ signature: '' }), '-32'],
  ])('judges %s', async (_, outcome, vendorCode) => {
    expect(await outcome()).toMatchObject({ vendorCode });
  });

  it.each([
    ['GET', '/v1/send.json', 405],
    ['POST', '/v1/sent.json', 404],
  ])('knows no %s %s', async (method, path, status) => {
    const simulator = await LuosimaoSimulator.start();
    expect((await fetch(simulator.url + path, { method })).status).toBe(status);
    await simulator.stop();
  });
});
