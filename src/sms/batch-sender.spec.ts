import { Logger } from '@nestjs/common';
import { Problem } from '../common/problem';
import type { BatchRequest } from './batch';
import { BatchSender, type BatchRouting } from './batch-sender';
import type { Channel, OutgoingMessage, SmsOutcome, SmsProvider } from './sms-provider.interface';

const taken: SmsOutcome = { kind: 'accepted', vendorCode: 'ok' };
const refused = (refusal: Extract<SmsOutcome, { kind: 'refused' }>['refusal']): SmsOutcome => ({
  kind: 'refused',
  refusal,
  vendorCode: refusal,
});

/** Answers each number as it is told to, the first answers first; keeps what it was handed. */
class FakeGateway implements SmsProvider {
  readonly channels: ReadonlySet<Channel> = new Set<Channel>(['sms']);
  readonly batches: OutgoingMessage[][] = [];

  constructor(
    readonly name: string,
    private readonly answers: Record<string, SmsOutcome[]> = {},
    readonly batchLimit = 100,
  ) {}

  send(): Promise<SmsOutcome> {
    throw new Error('a gateway with batches gets batches');
  }

  sendBatch(messages: OutgoingMessage[]): Promise<SmsOutcome[]> {
    this.batches.push(messages);
    return Promise.resolve(messages.map(({ phone }) => this.answers[phone.slice(-1)]?.shift() ?? taken));
  }

  /** Last digits of the numbers of every batch. */
  get seen(): string[] {
    return this.batches.map((batch) => batch.map(({ phone }) => phone.slice(-1)).join(''));
  }
}

const request = (digits: string, changes: Partial<BatchRequest> = {}): BatchRequest => ({
  to: [...digits].map((digit) => `1380013800${digit}`),
  values: { name: 'A7' },
  purpose: 'notice',
  ...changes,
});

function sender(gateways: readonly SmsProvider[], routing?: BatchRouting, failOverOn: 'K'[] = []) {
  return new BatchSender(gateways, ['CN'], routing, new Set(failOverOn), () => 0);
}

describe('BatchSender', () => {
  it('hands each number once to the first gateway, and answers entry by entry', async () => {
    const gateway = new FakeGateway('one');
    const to = ['13800138001', '+86 138-0013-8002', '12345', '008613800138001', '+85251234567'];
    const results = await sender([gateway, new FakeGateway('two')]).send(request('', { to }));
    expect(gateway.seen).toEqual(['12']);
    expect(results).toEqual([
      { to: '138****8001', provider: 'one', outcome: taken },
      { to: '138****8002', provider: 'one', outcome: taken },
      {
        to: '****',
        provider: null,
        outcome: expect.objectContaining({ refusal: 'C', vendorCode: 'LOCAL_PHONE_INVALID' }),
      },
      { to: '138****8001', provider: 'one', outcome: taken },
      {
        to: '****',
        provider: null,
        outcome: expect.objectContaining({ vendorCode: 'LOCAL_COUNTRY_NOT_ENABLED' }),
      },
    ]);
  });

  it('gives the gateway what the host asked for', async () => {
    const gateway = new FakeGateway('one');
    await sender([gateway]).send(request('1', { locale: 'en' }));
    expect(gateway.batches[0][0]).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      phone: '+8613800138001',
      channel: 'sms',
      purpose: 'notice',
      locale: 'en',
      values: { name: 'A7' },
      submission: 1,
    });
  });

  it('cuts into what each gateway takes', async () => {
    const [small, large] = [
      new FakeGateway('one', { 5: [refused('G')], 6: [refused('G')] }, 3),
      new FakeGateway('two'),
    ];
    await sender([small, large]).send(request('1234567'));
    expect(small.seen).toEqual(['123', '456', '7']);
    expect(large.seen).toEqual(['56']);
  });

  it('asks the next gateway for numbers that were refused for the account’s sake, and for no others', async () => {
    const one = new FakeGateway('one', {
      1: [refused('B')],
      2: [refused('L')],
      3: [refused('K')],
      4: [{ kind: 'unknown', reason: 'timeout' }],
      5: [{ kind: 'refused', refusal: 'K', failOver: 'yes', vendorCode: 'x' }],
      6: [refused('U')],
    });
    const two = new FakeGateway('two');
    const results = await sender([one, two]).send(request('0123456'));
    expect(two.seen).toEqual(['156']);
    expect(results.map(({ provider }) => provider)).toEqual([
      'one',
      'two',
      'one',
      'one',
      'one',
      'two',
      'two',
    ]);
    expect(results[4].outcome).toEqual({ kind: 'unknown', reason: 'timeout' });
  });

  it('fails over blocked numbers where the owner wants it', async () => {
    const one = new FakeGateway('one', { 1: [refused('K')] });
    const [{ provider }] = await sender([one, new FakeGateway('two')], undefined, ['K']).send(request('1'));
    expect(provider).toBe('two');
  });

  it('tries a transient fault once more, under another submission, then goes on', async () => {
    const one = new FakeGateway('one', { 1: [refused('R'), refused('R')], 2: [refused('R')] });
    const two = new FakeGateway('two');
    const results = await sender([one, two]).send(request('123'));
    expect(one.seen).toEqual(['123', '12']);
    expect(one.batches.map(([{ submission }]) => submission)).toEqual([1, 2]);
    expect(two.seen).toEqual(['1']);
    expect(results.map(({ provider }) => provider)).toEqual(['two', 'one', 'one']);
  });

  it('sends one by one through a gateway without batches', async () => {
    const sent: string[] = [];
    const plain: SmsProvider = {
      name: 'plain',
      channels: new Set<Channel>(['sms']),
      send: ({ phone }) => Promise.resolve((sent.push(phone), taken)),
    };
    const results = await sender([plain]).send(request('12'));
    expect(sent).toEqual(['+8613800138001', '+8613800138002']);
    expect(results).toHaveLength(2);
  });

  it('does not know what became of messages when the gateway’s adapter throws, and sends none again', async () => {
    jest.spyOn(Logger.prototype, 'error').mockImplementation();
    const broken = new FakeGateway('one');
    broken.sendBatch = () => Promise.reject(new Error('a fault of ours'));
    const two = new FakeGateway('two');
    const results = await sender([broken, two]).send(request('12'));
    expect(results.map(({ outcome }) => outcome)).toEqual([
      { kind: 'unknown', reason: 'crash' },
      { kind: 'unknown', reason: 'crash' },
    ]);
    expect(two.seen).toEqual([]);
  });

  it('goes round a gateway that must not be called, and tells of every call', async () => {
    const told: [string, string][] = [];
    const routing: BatchRouting = {
      mayCall: (name) => name !== 'one',
      call: async (name, send) => {
        const outcome = await send();
        told.push([name, outcome.kind === 'refused' ? outcome.refusal : outcome.kind]);
        return outcome;
      },
    };
    const two = new FakeGateway('two', { 2: [refused('G')], 3: [refused('L')] });
    const gateways = [new FakeGateway('one'), two, new FakeGateway('three')];
    await sender(gateways, routing).send(request('123'));
    expect(gateways.map(({ seen }) => seen)).toEqual([[], ['123'], ['2']]);
    // What it says of the gateway goes before what it says of a number.
    expect(told).toEqual([
      ['two', 'G'],
      ['three', 'accepted'],
    ]);
  });

  it('leaves a gateway between two parts of a batch, when it must', async () => {
    const one = new FakeGateway('one', {}, 1);
    const two = new FakeGateway('two');
    const routing: BatchRouting = {
      mayCall: (name) => name === 'two' || one.batches.length < 2,
      call: (_, send) => send(),
    };
    await sender([one, two], routing).send(request('1234'));
    expect([one.seen, two.seen]).toEqual([['1', '2'], ['34']]);
  });

  it('refuses for another time when no gateway can be called', async () => {
    const routing: BatchRouting = { mayCall: () => false, call: (_, send) => send() };
    const results = await sender([new FakeGateway('one')], routing).send(request('1'));
    expect(results).toMatchObject([
      { to: '138****8001', provider: null, outcome: { kind: 'refused', refusal: 'R' } },
    ]);
  });

  it.each([
    ['nobody', { to: [] }, '#/to'],
    ['too many', { to: Array.from({ length: 10_001 }, () => '13800138000') }, '#/to'],
    ['a code', { values: { code: '438217' } }, '#/values/code'],
    ['no purpose', { purpose: '' }, '#/purpose'],
  ])('is not for %s', async (_, changes, pointer) => {
    const problem = await sender([new FakeGateway('one')])
      .send(request('1', changes))
      .then(() => undefined)
      .catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(Problem);
    expect((problem as Problem).code).toBe('VALIDATION_FAILED');
    expect((problem as Problem).members.errors).toMatchObject([{ pointer }]);
  });
});
