import { randomUUID } from 'node:crypto';

import type { Phone } from '../../../src/common/phone';
import { LuosimaoSmsProvider } from '../../../src/sms/providers/luosimao.provider';
import { RonglianSmsProvider } from '../../../src/sms/providers/ronglian.provider';
import { TencentSmsProvider } from '../../../src/sms/providers/tencent.provider';
import type { SmsProvider } from '../../../src/sms/sms-provider.interface';
import { verdicts } from '../recorded-http';
import { LUOSIMAO_ACCOUNT, LuosimaoSimulator } from './luosimao.simulator';
import { RONGLIAN_ACCOUNT, RonglianSimulator } from './ronglian.simulator';
import { TENCENT_ACCOUNT, TencentSimulator } from './tencent.simulator';
import type { VendorSimulator } from './vendor-simulator';

// What the providers ask of an account, against simulators that refuse what the vendors would.

let simulator: VendorSimulator;
const providers: SmsProvider[] = [];
afterEach(async () => {
  await Promise.all(providers.splice(0).map(async (provider) => provider.close?.()));
  await simulator.stop();
});

const START: Record<string, () => Promise<VendorSimulator>> = {
  luosimao: () => LuosimaoSimulator.start(),
  ronglian: () => RonglianSimulator.start(),
  tencent: () => TencentSimulator.start(),
};
const CREATE: Record<string, (changes: object) => SmsProvider> = {
  luosimao: (changes) => new LuosimaoSmsProvider({ vendor: 'luosimao', ...LUOSIMAO_ACCOUNT, ...changes }),
  ronglian: (changes) => new RonglianSmsProvider({ vendor: 'ronglian', ...RONGLIAN_ACCOUNT, ...changes }),
  tencent: (changes) => new TencentSmsProvider({ vendor: 'tencent', ...TENCENT_ACCOUNT, ...changes }),
};
async function set(vendor: string, changes: object = {}): Promise<SmsProvider> {
  simulator = await START[vendor]();
  const provider = CREATE[vendor]({ baseUrl: simulator.url, voiceBaseUrl: simulator.url, ...changes });
  providers.push(provider);
  return provider;
}

describe.each([
  ['luosimao', { left: 5_000, unit: 'messages' }, { left: 7, unit: 'messages' }],
  ['ronglian', { left: 12_050, unit: 'minor-units' }, { left: 700, unit: 'minor-units' }],
  ['tencent', { left: 5_000, unit: 'messages' }, { left: 7, unit: 'messages' }],
])('the account at %s', (vendor, full, low) => {
  it('passes a look over, and nothing is sent', async () => {
    const checks = await (await set(vendor)).checkup!();
    expect(checks.filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
    expect(checks.length).toBeGreaterThanOrEqual(4);
    expect(simulator.ledger).toEqual([]);
  });

  it('tells what is left, as it stands now', async () => {
    const provider = await set(vendor);
    expect(await provider.balance!()).toEqual(full);
    simulator.account.set({ deposit: 7 });
    expect(await provider.balance!()).toEqual(low);
    simulator.account.set({ deposit: null });
    expect(await provider.balance!()).toBeUndefined();
  });

  it('changes over HTTP, until it is reset', async () => {
    const provider = await set(vendor);
    const body = JSON.stringify({ deposit: 0 });
    await fetch(`${simulator.url}/__account`, { method: 'POST', body });
    expect(verdicts(await provider.checkup!())).toContain('balance fail');
    simulator.reset();
    expect(verdicts(await provider.checkup!())).toContain('balance ok');
  });

  it('may be closed to this machine', async () => {
    const provider = await set(vendor);
    simulator.account.set({ addressAllowed: false });
    expect(verdicts(await provider.checkup!())).toContain('addresses fail');
  });

  it('does not open to a wrong secret', async () => {
    const wrong = { apiKey: 'wrong', authToken: 'wrong', secretKey: 'wrong' };
    const checks = await (await set(vendor, wrong)).checkup!();
    expect(verdicts(checks)).toContain('credentials fail');
  });

  it('plays faults too', async () => {
    const provider = await set(vendor, { timeoutMs: 300 });
    await simulator.fault({ kind: 'hang' });
    expect(verdicts(await provider.checkup!())).toContain('reachability fail');
  });
});

describe('the simulators', () => {
  it.each([
    ['luosimao', '/v1/status.json', 'POST', 405, ''],
    ['ronglian', '/2013-12-26/Accounts/8a216da80000000000000000example1/AccountInfo', 'POST', 200, '112602'],
    ['ronglian', '/2013-12-26/Accounts/8a216da80000000000000000example1/AccountInfo', 'GET', 200, '111101'],
    ['ronglian', '/2013-12-26/Accounts/x/SMS/QuerySMSTemplate', 'GET', 200, '112602'],
    ['tencent', '/', 'GET', 200, 'UnsupportedProtocol'],
  ])('refuse at %s %s by %s', async (vendor, path, method, status, code) => {
    await set(vendor);
    const answer = await fetch(simulator.url + path, { method });
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(code);
  });

  it.each([
    ['another application at Ronglian', 'ronglian', { appId: 'other' }, {}, 'application fail'],
    ['another template at Ronglian', 'ronglian', { templateId: '7' }, {}, 'template fail'],
    ['a template that waits', 'ronglian', {}, { templateStatus: 0 }, 'template warn'],
    ['a clock two hours off', 'ronglian', {}, { clockSkewMs: 7_200_000 }, 'clock warn'],
    ['another application at Tencent', 'tencent', { smsAppId: '1400000000' }, {}, 'application fail'],
    ['another signature', 'tencent', { signName: '没有这个' }, {}, 'signature fail'],
    ['a signature in review', 'tencent', {}, { signStatus: 1 }, 'signature warn'],
    ['another template at Tencent', 'tencent', { templateId: '7' }, {}, 'template fail'],
    ['a template with one place', 'tencent', {}, { templateContent: '{1}' }, 'template fail'],
    ['an individual’s account', 'tencent', {}, { individual: true }, 'signature warn'],
    ['a clock three minutes off', 'tencent', {}, { clockSkewMs: 180_000 }, 'clock warn'],
    ['a clock six minutes off', 'tencent', {}, { clockSkewMs: -360_000 }, 'clock fail'],
    ['an empty voice product', 'luosimao', {}, { voiceDeposit: 0 }, 'voice balance fail'],
  ])('judge %s', async (_, vendor, changes, settings, expected) => {
    const provider = await set(vendor, changes);
    simulator.account.set(settings);
    expect(verdicts(await provider.checkup!())).toContain(expected);
  });
});

describe('a message at Tencent', () => {
  const phone = '+8613800138000' as Phone;
  async function sent() {
    const provider = await set('tencent');
    const id = randomUUID();
    const values = { code: '438217', minutes: '5' };
    const sentAt = new Date();
    await provider.send({ id, phone, channel: 'sms', purpose: 'login', locale: 'zh', values });
    const [{ providerMessageId }] = simulator.ledger;
    return { provider, message: { id, phone, providerMessageId, sentAt }, providerMessageId };
  }

  it('has no report at first, and then the carrier’s', async () => {
    const { provider, message, providerMessageId } = await sent();
    expect(await provider.query!(message)).toBeUndefined();
    simulator.report(providerMessageId, 'FAIL', 'MK:0001');
    expect(await provider.query!(message)).toMatchObject({ status: 'undelivered', vendorCode: 'MK:0001' });
  });

  it('is found by our id when the answer was lost, with a report that came over HTTP', async () => {
    const { provider, message, providerMessageId } = await sent();
    const report = { providerMessageId, status: 'SUCCESS', code: 'DELIVRD' };
    await fetch(`${simulator.url}/__account`, { method: 'POST', body: JSON.stringify({ report }) });
    const lost = { ...message, providerMessageId: undefined };
    expect(await provider.query!(lost)).toMatchObject({ providerMessageId, status: 'delivered' });
    expect(await provider.query!({ ...lost, id: randomUUID() })).toBeUndefined();
    expect(await provider.query!({ ...message, phone: '+8613900139000' as Phone })).toBeUndefined();
  });
});
