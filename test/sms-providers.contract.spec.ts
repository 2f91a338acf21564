import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import type { Phone } from '../src/common/phone';
import { LuosimaoSmsProvider } from '../src/sms/providers/luosimao.provider';
import { RonglianSmsProvider } from '../src/sms/providers/ronglian.provider';
import { messageIdOf } from '../src/sms/providers/ronglian-request-id';
import { TencentSmsProvider } from '../src/sms/providers/tencent.provider';
import type { OutgoingMessage, SmsProvider } from '../src/sms/sms-provider.interface';
import { LUOSIMAO_ACCOUNT, LuosimaoSimulator } from './support/simulators/luosimao.simulator';
import { RONGLIAN_ACCOUNT, RonglianSimulator } from './support/simulators/ronglian.simulator';
import type { Fault } from './support/simulators/simulator-faults';
import { selfSigned } from './support/simulators/self-signed';
import { TENCENT_ACCOUNT, TencentSimulator } from './support/simulators/tencent.simulator';
import type { VendorSimulator } from './support/simulators/vendor-simulator';

const CODE = '438217';
const PHONE = '+8613800138000' as Phone;

function message(overrides: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    id: randomUUID(),
    phone: PHONE,
    channel: 'sms',
    purpose: 'login',
    locale: 'zh',
    values: { code: CODE, minutes: '5' },
    ...overrides,
  };
}

type Closable = SmsProvider & { close(): Promise<void> };
interface Changes {
  readonly baseUrl?: string;
  readonly timeoutMs?: number;
  /** Templates or texts by purpose and language. */
  readonly content?: Readonly<Record<string, string>>;
  /** Instead of the right secret. */
  readonly secret?: string;
}

const ronglian =
  (bodyFormat: 'json' | 'xml') =>
  (baseUrl: string, { secret, content: templates, ...changes }: Changes): Closable => {
    const { accountSid, authToken, appId, templateId } = RONGLIAN_ACCOUNT;
    const account = { accountSid, authToken: secret ?? authToken, appId, templateId, templates };
    return new RonglianSmsProvider({ vendor: 'ronglian', ...account, bodyFormat, baseUrl, ...changes });
  };

/** Beside the one for codes, which serves all purposes without one of their own. */
const MORE_TEMPLATES = { '21': { params: 2 }, '22': { params: 2 }, '23': { params: 2 } };

const VENDORS = [
  {
    vendor: 'luosimao',
    start: (blacklist?: string[]): Promise<VendorSimulator> => LuosimaoSimulator.start({ blacklist }),
    create: (baseUrl: string, { secret, content: texts, ...changes }: Changes): Closable => {
      const { apiKey, signature, voiceApiKey } = LUOSIMAO_ACCOUNT;
      const account = { apiKey: secret ?? apiKey, signature, voiceApiKey, voiceBaseUrl: baseUrl, texts };
      return new LuosimaoSmsProvider({ vendor: 'luosimao', ...account, baseUrl, ...changes });
    },
    number: '13800138000',
    throttled: 'R',
    secrets: [LUOSIMAO_ACCOUNT.apiKey],
    refusals: { '-20': 'B', '-31': 'T', '-41': 'K', '-42': 'L', '-50': 'G', '-77': 'U' },
  },
  ...(['json', 'xml'] as const).map((format) => ({
    vendor: `ronglian (${format})`,
    start: (blacklist?: string[]): Promise<VendorSimulator> =>
      RonglianSimulator.start({ blacklist, moreTemplates: MORE_TEMPLATES }),
    create: ronglian(format),
    number: '13800138000',
    throttled: 'Q',
    secrets: [RONGLIAN_ACCOUNT.accountSid, RONGLIAN_ACCOUNT.authToken],
    refusals: { '111142': 'B', '111114': 'Q', '160033': 'T', '160034': 'K', '160038': 'L', '160000': 'R' },
  })),
  {
    vendor: 'tencent',
    start: (blacklist?: string[]): Promise<VendorSimulator> =>
      TencentSimulator.start({ blacklist, moreTemplates: MORE_TEMPLATES }),
    create: (baseUrl: string, { secret, content: templates, ...changes }: Changes): Closable => {
      const { secretId, secretKey, smsAppId, signName, templateId } = TENCENT_ACCOUNT;
      const account = { secretId, secretKey: secret ?? secretKey, smsAppId, signName, templateId, templates };
      return new TencentSmsProvider({ vendor: 'tencent', ...account, baseUrl, ...changes });
    },
    number: '+8613800138000',
    throttled: 'Q',
    secrets: [TENCENT_ACCOUNT.secretId, TENCENT_ACCOUNT.secretKey],
    refusals: {
      'FailedOperation.InsufficientBalanceInSmsPackage': 'B',
      'FailedOperation.PhoneNumberInBlacklist': 'K',
      'LimitExceeded.PhoneNumberThirtySecondLimit': 'L',
      'LimitExceeded.AppDailyLimit': 'Q',
      RequestLimitExceeded: 'Q',
      'InternalError.UnknownError': 'R',
      'Brand.New': 'U',
    },
  },
];

describe.each(VENDORS)(
  '$vendor as an SmsProvider',
  ({ start, create, number, throttled, secrets, refusals }) => {
    let simulator: VendorSimulator;
    const providers: Closable[] = [];

    const provider = (changes: Changes = {}): Closable => {
      const made = create(changes.baseUrl ?? simulator.url, changes);
      providers.push(made);
      return made;
    };
    const sendDespite = async (fault: Fault, changes?: Changes) => {
      await simulator.fault(fault, 1);
      return provider(changes).send(message());
    };

    beforeAll(async () => {
      simulator = await start();
    });
    afterEach(async () => {
      simulator.reset();
      await Promise.all(providers.splice(0).map((made) => made.close()));
    });
    afterAll(() => simulator.stop());

    it('has one message taken, once, with the right code and in the vendor’s spelling', async () => {
      const outcome = await provider().send(message());
      expect(simulator.ledger).toEqual([expect.objectContaining({ to: number, code: CODE, channel: 'sms' })]);
      const { providerMessageId } = simulator.ledger[0];
      expect(outcome).toMatchObject({ kind: 'accepted', providerMessageId });
    });

    it.each([
      ['login', 'zh', 0],
      ['login', 'en', 1],
      ['register', 'en', 2],
    ] as const)('chooses what a %s message in %s says', async (purpose, locale, place) => {
      const isText = simulator instanceof LuosimaoSimulator;
      const choice = isText ? ['登录{code}', 'Log in: {code}', '{code} it is'] : ['21', '22', '23'];
      const content = { login: choice[0], 'login@en': choice[1], '@en': choice[2] };
      expect(await provider({ content }).send(message({ purpose, locale }))).toMatchObject({
        kind: 'accepted',
      });
      const [{ templateId, params }] = simulator.ledger;
      const told = isText ? params[0] : templateId;
      expect(told).toBe(isText ? `${choice[place].replace('{code}', CODE)}【示例公司】` : choice[place]);
    });

    it.each(Object.entries(refusals))('tells what a refusal means: %s', async (code, refusal) => {
      expect(await sendDespite({ kind: 'refuse', code })).toMatchObject({
        kind: 'refused',
        refusal,
        vendorCode: code,
      });
      expect(simulator).toMatchObject({ calls: 1, ledger: [] });
    });

    it('repeats nothing secret from the vendor’s words', async () => {
      const text = `${PHONE} 138 0013 8000 code ${CODE} key ${secrets.join(' ')} refused`;
      const outcome = await sendDespite({ kind: 'refuse', code: Object.keys(refusals)[0], text });
      const told = JSON.stringify(outcome);
      for (const secret of [...secrets, CODE, '13800138000', '8000']) expect(told).not.toContain(secret);
      expect(outcome).toMatchObject({ vendorText: expect.stringContaining('refused') as string });
    });

    it('is refused for its configuration with a wrong secret', async () => {
      const outcome = await provider({ secret: 'wrong0000000000000000000000wrong' }).send(message());
      expect(outcome).toMatchObject({ kind: 'refused', refusal: 'G' });
      expect(simulator.ledger).toEqual([]);
    });

    it('is refused, for another try, when nobody listens', async () => {
      const gone = await start();
      const baseUrl = gone.url;
      await gone.stop();
      expect(await provider({ baseUrl }).send(message())).toEqual({
        kind: 'refused',
        refusal: 'R',
        vendorCode: 'ECONNREFUSED',
      });
    });

    it('shows its credentials to nobody whose certificate is not vouched for', async () => {
      let requests = 0;
      const impostor = createHttpsServer(selfSigned('localhost'), () => (requests += 1));
      await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve));
      const baseUrl = `https://localhost:${(impostor.address() as AddressInfo).port}`;
      const outcome = await provider({ baseUrl }).send(message());
      await new Promise((resolve) => impostor.close(resolve));
      expect(outcome).toEqual({ kind: 'refused', refusal: 'R', vendorCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
      expect(requests).toBe(0);
    });

    it('is refused with status 429', async () => {
      const outcome = await sendDespite({ kind: 'status', status: 429 });
      expect(outcome).toMatchObject({ kind: 'refused', refusal: throttled });
    });

    it.each<[reason: string, fault: Fault]>([
      ['server-error', { kind: 'status', status: 500 }],
      ['server-error', { kind: 'status', status: 503 }],
      ['vendor', { kind: 'status', status: 403 }],
      ['cut', { kind: 'cut' }],
      ['cut', { kind: 'accept-then-cut' }],
      ['unreadable', { kind: 'garbage', body: 'html' }],
      ['unreadable', { kind: 'garbage', body: 'empty' }],
      ['unreadable', { kind: 'garbage', body: 'truncated' }],
      ['unreadable', { kind: 'garbage', body: 'err-key' }],
      ['unreadable', { kind: 'garbage', body: 'missing' }],
      ['unreadable', { kind: 'garbage', body: 'charset' }],
    ])('does not know (%s) after %j', async (reason, fault) => {
      expect(await sendDespite(fault)).toMatchObject({ kind: 'unknown', reason });
      expect(simulator.calls).toBe(1);
    });

    it.each<[name: string, fault: Fault]>([
      ['silence', { kind: 'hang' }],
      ['an answer that drips', { kind: 'drip', ms: 40 }],
      ['an answer that is late', { kind: 'slow', ms: 2_000 }],
    ])('ends at its deadline and does not know: %s', async (_, fault) => {
      const start = performance.now();
      expect(await sendDespite(fault, { timeoutMs: 500 })).toMatchObject({
        kind: 'unknown',
        reason: 'timeout',
      });
      expect(performance.now() - start).toBeLessThan(1_000);
    });

    it('follows no redirect, and its credentials reach no other host', async () => {
      const strangers: IncomingMessage[] = [];
      const stranger = createServer((request, response) => {
        strangers.push(request);
        response.end('{}');
      });
      await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
      const location = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}/`;
      const outcome = await sendDespite({ kind: 'redirect', location });
      await new Promise((resolve) => stranger.close(resolve));
      expect(outcome).toMatchObject({ kind: 'unknown', reason: 'redirect' });
      expect(strangers).toEqual([]);
    });

    it('works again after the fault', async () => {
      const made = provider();
      await simulator.fault({ kind: 'cut' }, 1);
      await made.send(message());
      expect(await made.send(message())).toMatchObject({ kind: 'accepted' });
    });
  },
);

/** Of one gateway: what became of three numbers of which the second is blacklisted, and in how many calls. */
const SPOILT = {
  // Tells of each number.
  tencent: { outcomes: ['accepted', 'K', 'accepted'], calls: 1 },
  // Refuses the three; their halves are sent by themselves until the one that was meant stands alone.
  ronglian: { outcomes: ['accepted', 'K', 'accepted'], calls: 5 },
  // Does not say which, nor whether the others got it: nobody may send it again.
  luosimao: { outcomes: ['unknown', 'unknown', 'unknown'], calls: 1 },
} as const;

describe.each(VENDORS)('$vendor with a batch', ({ vendor, start, create, number }) => {
  let simulator: VendorSimulator;
  let provider: Closable;
  const numbers = [0, 1, 2].map((n) => `+861380013800${n}` as Phone);
  const sendBatch = (phones: readonly Phone[]) =>
    provider.sendBatch!(phones.map((phone) => message({ phone, purpose: 'notice' })));

  const use = async (blacklist?: string[]): Promise<void> => {
    simulator = await start(blacklist);
    provider = create(simulator.url, {});
  };
  afterEach(async () => {
    await provider.close();
    await simulator.stop();
  });

  it('has one text taken for many numbers, in one call', async () => {
    await use();
    const outcomes = await sendBatch(numbers);
    expect(simulator.calls).toBe(1);
    expect(simulator.ledger.map(({ to }) => to.slice(-11))).toEqual(numbers.map((phone) => phone.slice(3)));
    expect(outcomes).toEqual(
      simulator.ledger.map(({ providerMessageId }) =>
        expect.objectContaining({ kind: 'accepted', providerMessageId }),
      ),
    );
  });

  it('fills a call up to the vendor’s limit', async () => {
    await use();
    const limit = provider.batchLimit!;
    const many = Array.from({ length: limit + 1 }, (_, n) => `+86${13_900_000_000 + n}` as Phone);
    expect(new Set((await sendBatch(many.slice(1))).map(({ kind }) => kind))).toEqual(new Set(['accepted']));
    expect(simulator).toMatchObject({ calls: 1, ledger: { length: limit } });
    await expect(sendBatch(many)).rejects.toBeInstanceOf(RangeError);
  });

  it('tells what became of each when one is blacklisted', async () => {
    await use([number.replace(/0$/, '1')]);
    const outcomes = await sendBatch(numbers);
    const expected = SPOILT[vendor.split(' ')[0] as keyof typeof SPOILT];
    expect(outcomes.map((outcome) => ('refusal' in outcome ? outcome.refusal : outcome.kind))).toEqual(
      expected.outcomes,
    );
    expect(simulator.calls).toBe(expected.calls);
    expect(new Set(simulator.ledger.map(({ to }) => to)).size).toBe(simulator.ledger.length);
  });

  it('sends nothing again when it does not know', async () => {
    await use();
    await simulator.fault({ kind: 'accept-then-cut' }, 1);
    const outcomes = await sendBatch(numbers);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(simulator).toMatchObject({ calls: 1, ledger: { length: 3 } });
  });

  it('sends to a number that is there twice once', async () => {
    await use();
    const outcomes = await sendBatch([numbers[0], numbers[1], numbers[0]]);
    expect(simulator.ledger).toHaveLength(2);
    expect(outcomes[2]).toEqual(outcomes[0]);
  });
});

describe.each(VENDORS.filter(({ vendor }) => vendor !== 'tencent'))(
  '$vendor on the mainland',
  ({ start, create }) => {
    let simulator: VendorSimulator;
    let provider: Closable;

    beforeEach(async () => {
      simulator = await start();
      provider = create(simulator.url, {});
    });
    afterEach(async () => {
      await provider.close();
      await simulator.stop();
    });

    it('refuses a number abroad without asking', async () => {
      const outcome = await provider.send(message({ phone: '+85251234567' as Phone }));
      expect(outcome).toMatchObject({ kind: 'refused', refusal: 'C' });
      expect(simulator.calls).toBe(0);
    });

    it('speaks the code in a call', async () => {
      const outcome = await provider.send(message({ channel: 'voice' }));
      expect(outcome).toMatchObject({ kind: 'accepted' });
      expect(simulator.ledger).toEqual([
        expect.objectContaining({ to: '13800138000', code: CODE, channel: 'voice' }),
      ]);
    });
  },
);

describe('what only one of them does', () => {
  let simulator: VendorSimulator;
  let provider: Closable;
  const use = async (vendor: string): Promise<void> => {
    const { start, create } = VENDORS.find((row) => row.vendor === vendor) as (typeof VENDORS)[number];
    simulator = await start();
    provider = create(simulator.url, {});
  };
  afterEach(async () => {
    await provider.close();
    await simulator.stop();
  });

  it('Ronglian recognises a message whose answer was lost', async () => {
    await use('ronglian (json)');
    const same = message();
    await simulator.fault({ kind: 'accept-then-cut' }, 1);
    expect(await provider.send(same)).toMatchObject({ kind: 'unknown', reason: 'cut' });
    expect(await provider.send(same)).toMatchObject({ kind: 'accepted', vendorCode: '160054' });
    expect(simulator.ledger).toHaveLength(1);
    expect(simulator.ledger[0].clientMessageId).toBe(same.id.replaceAll('-', ''));
  });

  it('Ronglian takes a message again that it refused before, under another key', async () => {
    await use('ronglian (json)');
    const first = message();
    await simulator.fault({ kind: 'refuse', code: '160000', taken: true }, 1);
    expect(await provider.send(first)).toMatchObject({ kind: 'refused', refusal: 'R' });
    // The vendor remembers the key of a refused call too: the same one again would look like an acceptance.
    expect(await provider.send(first)).toMatchObject({ vendorCode: '160054' });
    const second = await provider.send({ ...first, submission: 2 });
    expect(second).toMatchObject({ kind: 'accepted', vendorCode: '000000' });
    const [, { clientMessageId }] = simulator.ledger;
    expect(messageIdOf(clientMessageId as string)).toBe(first.id);
  });

  it('Ronglian says "same content" of a message it took when the answer was lost', async () => {
    await use('ronglian (json)');
    await simulator.fault({ kind: 'refuse', code: '160056' });
    expect(await provider.send(message())).toMatchObject({ kind: 'refused', refusal: 'L' });
    expect(await provider.send(message({ repeats: true }))).toMatchObject({ kind: 'accepted' });
  });

  it.each(['json', 'xml'] as const)(
    'Ronglian takes everything a spoken code may come with (%s)',
    async (bodyFormat) => {
      simulator = await RonglianSimulator.start();
      const { accountSid, authToken, appId, templateId } = RONGLIAN_ACCOUNT;
      const account = { accountSid, authToken, appId, templateId, baseUrl: simulator.url, bodyFormat };
      const voice = {
        playTimes: 3,
        voiceLanguages: { en: 'en' },
        displayNum: '01052823298',
        voiceReceiptUrl: 'https://id.example.org/hooks?a=1&b=2',
      };
      provider = new RonglianSmsProvider({ vendor: 'ronglian', ...account, ...voice });
      const outcome = await provider.send(message({ channel: 'voice', locale: 'en' }));
      expect(outcome).toMatchObject({ kind: 'accepted' });
      expect(simulator.ledger).toEqual([expect.objectContaining({ channel: 'voice', code: CODE })]);
    },
  );

  it.each(['json', 'xml'] as const)('Ronglian has a call made (%s)', async (bodyFormat) => {
    simulator = await RonglianSimulator.start();
    const { accountSid, authToken, appId, templateId } = RONGLIAN_ACCOUNT;
    const account = { accountSid, authToken, appId, templateId, baseUrl: simulator.url, bodyFormat };
    const ronglian = new RonglianSmsProvider({ vendor: 'ronglian', ...account });
    provider = ronglian;
    const played = { id: randomUUID(), to: '13800138000', recordings: ['a.wav', 'b.wav'] };
    const read = {
      ...{ id: randomUUID(), to: '01052823298-627', text: '“A & B” <您好>', playTimes: 3, maxCallTime: 60 },
      ...{
        displayNum: '4001234567',
        receiptUrl: 'https://id.example.org/calls?a=1&b=2',
        userData: 'order "7"',
      },
      voice: { speed: '-50', volume: '1', pitch: '2', bgsound: '3' },
    };
    for (const notice of [{ ...played, recordingsOf: 'platform' as const }, read]) {
      const outcome = await ronglian.callNotice(notice);
      expect(outcome).toMatchObject({ kind: 'accepted', vendorCode: '000000' });
      expect(outcome).toMatchObject({ providerMessageId: simulator.ledger.at(-1)?.providerMessageId });
    }
    expect(simulator.ledger.map(({ params }) => params)).toEqual([
      ['mediaName=a.wav;b.wav', 'mediaNameType=1', `userData=${played.id}`],
      [
        ...['bgsound=3', 'displayNum=4001234567', 'maxCallTime=60', 'mediaTxt=“A & B” <您好>', 'pitch=2'],
        ...['playTimes=3', 'respUrl=https://id.example.org/calls?a=1&b=2', 'speed=-50', 'userData=order "7"'],
        'volume=1',
      ],
    ]);
  });

  it('Ronglian does not know what became of a call that was cut', async () => {
    await use('ronglian (json)');
    await simulator.fault({ kind: 'accept-then-cut' });
    const outcome = await provider.callNotice!({ id: randomUUID(), to: '13800138000', text: '您好' });
    expect(outcome).toEqual({ kind: 'unknown', reason: 'cut', vendorCode: expect.any(String) as string });
  });

  it('Tencent echoes our id and counts segments', async () => {
    await use('tencent');
    const sent = message();
    expect(await provider.send(sent)).toMatchObject({ kind: 'accepted', vendorCode: 'Ok', segments: 1 });
    expect(simulator.ledger[0]).toMatchObject({ clientMessageId: sent.id, params: [CODE, '5'] });
  });

  it('Tencent keeps a time-out inside the vendor open', async () => {
    await use('tencent');
    await simulator.fault({ kind: 'refuse', code: 'InternalError.Timeout' });
    expect(await provider.send(message())).toMatchObject({ kind: 'unknown', reason: 'vendor' });
  });

  it('Tencent has no voice channel', async () => {
    await use('tencent');
    expect(provider.channels.has('voice')).toBe(false);
    expect(await provider.send(message({ channel: 'voice' }))).toMatchObject({
      kind: 'refused',
      refusal: 'P',
    });
    expect(simulator.calls).toBe(0);
  });

  it('Tencent sends a batch of two areas in two calls', async () => {
    simulator = await TencentSimulator.start({ moreTemplates: { '31': { params: 2, isGlobal: true } } });
    const { secretId, secretKey, smsAppId, signName, templateId } = TENCENT_ACCOUNT;
    const account = { secretId, secretKey, smsAppId, signName, templateId, baseUrl: simulator.url };
    provider = new TencentSmsProvider({ vendor: 'tencent', ...account, templates: { abroad: '31' } });
    const phones = ['+85251234567', '+8613800138000', '+85251234568'] as Phone[];
    const send = (purpose: string) => provider.sendBatch!(phones.map((phone) => message({ phone, purpose })));
    const kinds = (outcomes: readonly { kind: string }[]) => outcomes.map(({ kind }) => kind);
    expect(kinds(await send('abroad'))).toEqual(['accepted', 'refused', 'accepted']);
    expect(kinds(await send('notice'))).toEqual(['refused', 'accepted', 'refused']);
    expect(simulator.calls).toBe(4);
    // A batch is known by the vendor's ids alone: one id of ours could not tell its messages apart.
    expect(simulator.ledger.map(({ clientMessageId }) => clientMessageId)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('Luosimao signs its text', async () => {
    await use('luosimao');
    await provider.send(message());
    expect(simulator.ledger[0].params).toEqual([
      '您正在登录，验证码438217，5分钟内有效，请勿告诉他人。【示例公司】',
    ]);
  });

  it('a simulator plays faults and shows its ledger over HTTP', async () => {
    await use('luosimao');
    const body = JSON.stringify({ kind: 'refuse', code: '-42', times: 1 });
    await fetch(`${simulator.url}/__faults`, { method: 'POST', body });
    expect(await provider.send(message())).toMatchObject({ refusal: 'L' });
    expect(await provider.send(message())).toMatchObject({ kind: 'accepted' });
    const ledger = await (await fetch(`${simulator.url}/__ledger`)).json();
    expect(ledger).toMatchObject({ calls: 2, messages: [{ to: '13800138000', code: CODE }] });
  });
});
