import { Logger, type LoggerService } from '@nestjs/common';
import { Client } from 'pg';
import { Events, type GatecodeEvent } from '../src/common/events';
import type { Phone } from '../src/common/phone';
import { PhoneVault } from '../src/common/phone-vault';
import { Secrets } from '../src/common/secrets';
import { ReceiptsService } from '../src/sms/receipts.service';
import type { Receipt } from '../src/sms/sms-provider.interface';
import { UnknownSettler } from '../src/sms/unknown-settler';
import { eventually } from './support/eventually';
import { Gateways, type Vendor } from './support/gateways';
import { Journey, newPhone } from './support/journey';
import type { PushForm } from './support/simulators/receipt-writer';
import type { LedgerEntry } from './support/simulators/vendor-simulator';
import { type RunningApp, startApp, WIDE } from './support/start-app';
import { TcpProxy } from './support/tcp-proxy';

const TOKEN = 'notASecretReceiptToken';
const UUID = '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10';
const IN_JSON = /^application\/json/;
const IN_XML = /^application\/xml/;
const IN_TEXT = /^text\/plain/;
const XML_ANSWER =
  '<?xml version="1.0" encoding="UTF-8"?><Response><statuscode>000000</statuscode></Response>';

let gateways: Gateways;

beforeAll(async () => {
  gateways = await Gateways.start();
});
afterEach(() => gateways.reset());
afterAll(() => gateways.stop());

const variables = (order: readonly Vendor[]) => ({
  ...WIDE,
  ...gateways.variables(order),
  SMS_RECEIPT_TOKEN: TOKEN,
  LUOSIMAO_RECEIPT_STATUSES: 'DELIVRD:delivered,0:delivered,UNDELIV:undelivered',
  SMS_TIMEOUT_MS: '2000',
  LOG_LEVEL: 'silent',
});

const hook = (app: RunningApp, vendor: string, token = TOKEN) => `${app.url}/v1/hooks/sms/${vendor}/${token}`;

/** One service and what is asked of it here. */
class Desk {
  readonly journey: Journey;

  constructor(
    readonly app: RunningApp,
    private readonly vendor: Vendor,
  ) {
    this.journey = new Journey(app);
  }

  get receipts(): ReceiptsService {
    return this.app.app.get(ReceiptsService, { strict: false });
  }

  async start(phone: string, channel = 'sms'): Promise<string> {
    const { body } = await this.app.api
      .post('/v1/verifications')
      .send({ phone, purpose: 'login', channel })
      .expect(202);
    return body.verificationId;
  }

  /** A message that the gateway took, and what stands in its books. */
  async sent(channel = 'sms'): Promise<{ id: string; phone: string; entry: LedgerEntry }> {
    const phone = newPhone();
    const id = await this.start(phone, channel);
    expect(await this.journey.sent(id)).toBe('sent');
    return { id, phone, entry: this.entryOf(phone) };
  }

  /** A message that the gateway took without anybody being told. */
  async lost(): Promise<{ id: string; phone: string; entry: LedgerEntry }> {
    const phone = newPhone();
    await gateways.of(this.vendor).fault({ kind: 'accept-then-cut' });
    const id = await this.start(phone);
    expect(await this.journey.sent(id)).toBe('unknown');
    gateways.of(this.vendor).heal();
    return { id, phone, entry: this.entryOf(phone) };
  }

  deliver(entry: LedgerEntry, fate: 'delivered' | 'undelivered', form: PushForm = {}, via = this.app) {
    return gateways.of(this.vendor).deliver([entry], fate, { ...form, to: hook(via, this.vendor) });
  }

  async statusOf(id: string): Promise<string> {
    return (await this.app.api.get(`/v1/verifications/${id}`).expect(200)).body.status;
  }

  becomes(id: string, status: string): Promise<unknown> {
    return eventually(`status ${status}`, async () => (await this.statusOf(id)) === status);
  }

  rows(providerMessageId: string): Promise<{ applied_at: Date | null; message_id: string | null }[]> {
    return this.app.dataSource.query('SELECT * FROM sms_receipts WHERE provider_message_id = $1', [
      providerMessageId,
    ]);
  }

  private entryOf(phone: string): LedgerEntry {
    const [entry] = gateways.taken(phone, [this.vendor]);
    return entry;
  }
}

describe.each<[Vendor, [string, PushForm, RegExp, string][]]>([
  [
    'tencent',
    [
      ['an array', {}, IN_JSON, '{"result":0,"errmsg":"OK"}'],
      ['an array with an echo', { echo: true }, IN_JSON, '{"result":0,"errmsg":"OK"}'],
    ],
  ],
  [
    'ronglian',
    [
      ['JSON', { form: 'json' }, IN_JSON, '{"statusCode":"000000"}'],
      ['XML', { form: 'xml' }, IN_XML, XML_ANSWER],
      ['XML that says it is text', { form: 'text' }, IN_XML, XML_ANSWER],
    ],
  ],
  [
    'luosimao',
    [
      ['a form', { form: 'form' }, IN_TEXT, 'ok'],
      ['a query', { form: 'get' }, IN_TEXT, 'ok'],
      ['JSON', { form: 'json' }, IN_TEXT, 'ok'],
    ],
  ],
])('receipts of %s', (vendor, forms) => {
  let desk: Desk;

  beforeAll(async () => {
    desk = new Desk(await startApp(variables([vendor])), vendor);
  });
  afterAll(() => desk.app.stop());

  it.each(forms)('as %s move the message and are acknowledged word for word', async (_, form, type, body) => {
    const message = await desk.sent();
    const [answer] = await desk.deliver(message.entry, 'delivered', form);
    expect(answer).toEqual({ status: 200, contentType: expect.stringMatching(type), body });
    expect(await desk.statusOf(message.id)).toBe('delivered');

    const other = await desk.sent();
    await desk.deliver(other.entry, 'undelivered', form);
    expect(await desk.statusOf(other.id)).toBe('failed');
  });

  it.each(forms)('as %s for messages nobody knows are acknowledged alike', async (_, form, type, body) => {
    const message = await desk.sent();
    const unknown = { ...message.entry, providerMessageId: 'not-of-this-service', clientMessageId: UUID };
    const [answer] = await desk.deliver(unknown, 'delivered', form);
    expect(answer).toEqual({ status: 200, contentType: expect.stringMatching(type), body });
    expect(await desk.statusOf(message.id)).toBe('sent');
  });

  // Last: so many faults open the circuit.
  it.each(forms)('as %s settle a message whose answer was lost', async (_, form) => {
    const message = await desk.lost();
    await desk.deliver(message.entry, 'undelivered', form);
    expect(await desk.statusOf(message.id)).toBe('failed');
    // The id was news to the service: it is known from now on.
    await desk.deliver(message.entry, 'delivered', form);
    expect(await desk.statusOf(message.id)).toBe('delivered');
  });
});

describe('calls by Ronglian', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = new Desk(await startApp(variables(['ronglian'])), 'ronglian');
  });
  afterAll(() => desk.app.stop());

  it.each([
    ['delivered', 'delivered'],
    ['undelivered', 'failed'],
  ] as const)('that are reported %s are %s', async (fate, status) => {
    const message = await desk.sent('voice');
    expect(await desk.deliver(message.entry, fate)).toEqual([
      { status: 200, contentType: expect.stringMatching(IN_XML), body: XML_ANSWER },
    ]);
    expect(await desk.statusOf(message.id)).toBe(status);
  });

  it('know by its key a message that was taken without an id coming back', async () => {
    const phone = newPhone();
    await gateways.of('ronglian').fault({ kind: 'accept-then-cut' }, 1);
    const id = await desk.start(phone);
    // The repeat of the call is recognised as one.
    expect(await desk.journey.sent(id)).toBe('sent');
    await desk.deliver(gateways.taken(phone, ['ronglian'])[0], 'delivered');
    expect(await desk.statusOf(id)).toBe('delivered');
  });
});

describe('a receipt', () => {
  let desk: Desk;
  let other: RunningApp;
  let events: GatecodeEvent<'sms.receipt'>[];

  beforeAll(async () => {
    desk = new Desk(await startApp(variables(['tencent'])), 'tencent');
    other = await startApp(variables(['tencent']), desk.app.cluster);
    for (const { app } of [desk.app, other])
      app.get(Events, { strict: false }).on('sms.receipt', (event) => void events.push(event));
  });
  beforeEach(() => {
    events = [];
  });
  afterAll(async () => {
    await other.stop();
    await desk.app.stop();
  });

  const receiptOf = (entry: LedgerEntry, changes: Partial<Receipt> = {}): Receipt => ({
    provider: 'tencent',
    providerMessageId: entry.providerMessageId,
    phone: entry.to as Phone,
    status: 'delivered',
    vendorCode: 'DELIVRD',
    ...changes,
  });
  const stateOf = async (id: string) => {
    const [row] = await desk.app.dataSource.query<{ id: string; state: string }[]>(
      'SELECT id, state FROM sms_messages WHERE reference = $1',
      [await referenceOf(id)],
    );
    return row;
  };
  const referenceOf = async (id: string) => {
    const [{ reference }] = await desk.app.dataSource.query<{ reference: string }[]>(
      'SELECT reference FROM sms_messages ORDER BY created_at DESC LIMIT 1',
    );
    expect(id).toBeTruthy();
    return reference;
  };

  it('that comes ten times, on two instances at once, counts once', async () => {
    const message = await desk.sent();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, turn) =>
        desk.deliver(message.entry, 'delivered', {}, turn % 2 ? other : desk.app),
      ),
    );
    expect(answers.flat().map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(await desk.rows(message.entry.providerMessageId)).toHaveLength(1);
    expect(events).toHaveLength(1);
    expect(events[0].data).toEqual({
      messageId: (await stateOf(message.id)).id,
      reference: expect.any(String),
      purpose: 'login',
      channel: 'sms',
      country: 'CN',
      provider: 'tencent',
      status: 'delivered',
      vendorCode: 'DELIVRD',
    });
  });

  it('moves forward only, in whatever order they come', async () => {
    const first = await desk.sent();
    await desk.deliver(first.entry, 'delivered');
    await desk.deliver(first.entry, 'undelivered');
    expect(await desk.statusOf(first.id)).toBe('delivered');

    const second = await desk.sent();
    await desk.deliver(second.entry, 'undelivered');
    expect(await desk.statusOf(second.id)).toBe('failed');
    await desk.deliver(second.entry, 'delivered');
    expect(await desk.statusOf(second.id)).toBe('delivered');
    expect(events.map(({ data }) => data.status)).toEqual(['delivered', 'undelivered', 'delivered']);
  });

  it('that contradicts another at the same moment loses to the better one', async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      const message = await desk.sent();
      await Promise.all([
        desk.deliver(message.entry, 'undelivered', {}, other),
        desk.deliver(message.entry, 'delivered', {}, desk.app),
        desk.deliver(message.entry, 'undelivered', { code: '-106' }, desk.app),
      ]);
      expect(await desk.statusOf(message.id)).toBe('delivered');
    }
  });

  it.each(['refused', 'expired', 'withheld'])('changes nothing of a message that is %s', async (state) => {
    const message = await desk.sent();
    const { id } = await stateOf(message.id);
    await desk.app.dataSource.query('UPDATE sms_messages SET state = $2 WHERE id = $1', [id, state]);
    await desk.deliver(message.entry, 'delivered');
    expect(await stateOf(message.id)).toEqual({ id, state });
    expect(events).toEqual([]);
  });

  it('that is worse does not count when another gateway took the message afterwards', async () => {
    const message = await desk.sent();
    const { id } = await stateOf(message.id);
    await desk.app.dataSource.query(
      `UPDATE sms_messages SET provider = 'luosimao', provider_message_id = 'later' WHERE id = $1`,
      [id],
    );
    await desk.deliver(message.entry, 'undelivered');
    expect(await desk.statusOf(message.id)).toBe('sent');
    await desk.deliver(message.entry, 'delivered');
    expect(await desk.statusOf(message.id)).toBe('delivered');
  });

  it('for another number than that of the message changes nothing', async () => {
    const message = await desk.sent();
    await desk.deliver({ ...message.entry, to: newPhone() }, 'undelivered');
    expect(await desk.statusOf(message.id)).toBe('sent');
    expect(await desk.rows(message.entry.providerMessageId)).toEqual([
      expect.objectContaining({ applied_at: null }),
    ]);
  });

  it('that names a message by its echo has no say when another gateway was called', async () => {
    const message = await desk.sent();
    const { id } = await stateOf(message.id);
    const named = receiptOf(message.entry, { provider: 'luosimao', providerMessageId: 'x-1', messageId: id });
    expect(await desk.receipts.take([named])).toEqual({ matched: 0, waiting: 1 });
    expect(await desk.statusOf(message.id)).toBe('sent');
  });

  it('with a status that nobody documented is kept and moves nothing', async () => {
    const message = await desk.sent();
    await desk.receipts.take([receiptOf(message.entry, { status: 'unknown', vendorCode: 'WAIT' })]);
    expect(await desk.statusOf(message.id)).toBe('sent');
    expect(await desk.rows(message.entry.providerMessageId)).toHaveLength(1);
    expect(events).toEqual([]);
  });

  it('that comes before its call has ended waits for it', async () => {
    const phone = newPhone();
    await gateways.of('tencent').fault({ kind: 'slow', ms: 500 }, 1);
    const id = await desk.start(phone);
    const [entry] = await eventually('call', () => {
      const taken = gateways.taken(phone);
      return taken.length > 0 && taken;
    });
    await desk.deliver(entry, 'delivered');
    expect(await desk.statusOf(id)).toBe('queued');
    await desk.becomes(id, 'delivered');
    expect(events).toHaveLength(1);
  });

  it('that waits is applied by another instance, if its own died', async () => {
    const phone = newPhone();
    await gateways.of('tencent').fault({ kind: 'slow', ms: 300 }, 1);
    const id = await desk.start(phone);
    const [entry] = await eventually('call', () => {
      const taken = gateways.taken(phone);
      return taken.length > 0 && taken;
    });
    await desk.deliver(entry, 'delivered');
    await desk.journey.sent(id);
    // It never saw the receipt come: once a minute it looks at all that wait.
    const nextLook = Date.now() + 61_000;
    const survivor = other.app.get(ReceiptsService, { strict: false });
    const applied = await survivor.applyWaiting(nextLook);
    expect([applied, await desk.statusOf(id)]).toEqual([expect.any(Number), 'delivered']);
    expect(events).toHaveLength(1);
  });

  it('tells once of a message that was not delivered', async () => {
    const told: string[] = [];
    const stop = desk.receipts.onUndelivered(({ id, state }) => {
      told.push(`${id} ${state}`);
      return Promise.resolve();
    });
    const message = await desk.sent();
    await desk.deliver(message.entry, 'undelivered');
    await desk.deliver(message.entry, 'undelivered', { code: 'EXPIRED' });
    const { id } = await stateOf(message.id);
    await eventually('listener that was told', () => told.length > 0);
    stop();
    await desk.deliver((await desk.sent()).entry, 'undelivered');
    expect(told).toEqual([`${id} undelivered`]);
  });

  it('is not held up by a listener that fails', async () => {
    const stop = desk.receipts.onUndelivered(() => Promise.reject(new Error('no')));
    const message = await desk.sent();
    expect((await desk.deliver(message.entry, 'undelivered'))[0].status).toBe(200);
    expect(await desk.statusOf(message.id)).toBe('failed');
    stop();
  });

  it('touches no code, no attempt and no session', async () => {
    const phone = newPhone();
    const id = await desk.start(phone);
    await desk.journey.sent(id);
    const [entry] = gateways.taken(phone);
    const before = (await desk.app.api.get(`/v1/verifications/${id}`).expect(200)).body;
    await desk.app.api.post(`/v1/verifications/${id}/check`).send({ code: '000000' });
    await desk.deliver(entry, 'undelivered');
    await desk.deliver(entry, 'delivered');
    const after = (await desk.app.api.get(`/v1/verifications/${id}`).expect(200)).body;
    expect(after).toEqual({
      ...before,
      status: 'delivered',
      attemptsRemaining: before.attemptsRemaining - 1,
    });
    const proof = { grant: 'code', verificationId: id, code: entry.code, createUser: true };
    const session = await desk.app.api.post('/v1/sessions').send(proof).expect(201);
    await desk.deliver(entry, 'undelivered', { code: 'LATE' });
    expect(await desk.statusOf(id)).toBe('verified');
    await desk.app.api.post('/v1/sessions').send(proof).expect(410);
    await desk.app.api
      .get('/v1/users/me')
      .set('Authorization', `Bearer ${session.body.accessToken}`)
      .expect(200);
  });

  it('that never finds its message is dropped in the end', async () => {
    const strange = { provider: 'tencent', providerMessageId: 'strange-1', vendorCode: 'X' } as const;
    await desk.receipts.take([{ ...strange, status: 'delivered' }]);
    const message = await desk.sent();
    await desk.deliver(message.entry, 'delivered');
    await desk.app.dataSource.query(`UPDATE sms_receipts SET received_at = now() - interval '8 days'`);
    expect(await desk.receipts.purge(9)).toBe(0);
    expect(await desk.receipts.purge(7)).toBeGreaterThan(0);
    expect(await desk.rows('strange-1')).toEqual([]);
    expect(await desk.rows(message.entry.providerMessageId)).toHaveLength(1);
  });

  describe('that never comes', () => {
    const settler = () => desk.app.app.get(UnknownSettler, { strict: false });
    const age = (seconds: number) =>
      desk.app.dataSource.query(
        `UPDATE sms_attempts SET finished_at = now() - $1::float8 * interval '1 second' WHERE outcome = 'unknown'`,
        [seconds],
      );

    it('is asked for', async () => {
      const message = await desk.lost();
      await age(6);
      gateways.of('tencent').report(message.entry.providerMessageId, 'SUCCESS', 'DELIVRD');
      await settler().settle();
      expect(await desk.statusOf(message.id)).toBe('delivered');
      expect(events).toHaveLength(1);
    });

    it('is asked for again after a while, and not for ever', async () => {
      const message = await desk.lost();
      const asked = () => gateways.calls('tencent');
      const now = Date.now();
      const looks: number[] = [];
      await age(6);
      for (const seconds of [0, 1, 10, 16, 30, 77, 100, 258, 400, 500]) {
        const before = asked();
        await settler().settle(now + seconds * 1_000);
        if (asked() > before) looks.push(seconds);
      }
      expect(looks).toEqual([0, 16, 77, 258]);
      expect(await desk.statusOf(message.id)).toBe('unknown');
    });

    it('is not asked for while the call has just ended, nor after ten minutes', async () => {
      await desk.lost();
      await age(700);
      await desk.lost();
      const before = gateways.calls('tencent');
      await settler().settle(Date.now() + 10_000_000);
      expect(gateways.calls('tencent')).toBe(before);
    });
  });
});

describe('the hook', () => {
  let app: RunningApp;
  const lines: string[] = [];
  const collector: LoggerService = {
    log: (...line: unknown[]) => void lines.push(JSON.stringify(line)),
    warn: (...line: unknown[]) => void lines.push(JSON.stringify(line)),
    error: (...line: unknown[]) => void lines.push(JSON.stringify(line)),
    debug: (...line: unknown[]) => void lines.push(JSON.stringify(line)),
  };

  beforeAll(async () => {
    app = await startApp({
      ...variables(['tencent']),
      TRUSTED_PROXIES: '127.0.0.1',
      SMS_RECEIPT_SOURCES: '203.0.113.7,198.51.100.0/24,2001:db8:1::/48,127.0.0.1',
    });
  });
  afterAll(() => app.stop());

  const post = (path: string, body: string, type = 'application/json', from?: string) =>
    fetch(app.url + path, {
      method: 'POST',
      headers: { 'content-type': type, ...(from && { 'x-forwarded-for': from }) },
      body,
    });
  const at = (vendor: string, token = TOKEN) => `/v1/hooks/sms/${vendor}/${token}`;
  const problemOf = async (response: Response) => {
    const { status, code } = (await response.json()) as { status: number; code: string };
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(response.status).toBe(status);
    return `${status} ${code}`;
  };

  it.each([
    ['another token', `${TOKEN}x`],
    ['a shorter one', TOKEN.slice(0, -1)],
    ['one in other letters', TOKEN.toUpperCase()],
    ['one that is no text', '%00'],
  ])('refuses %s', async (_, token) => {
    expect(await problemOf(await post(at('tencent', token), '[]'))).toBe('401 HOOK_TOKEN_INVALID');
  });

  it.each(['inbox', 'nobody', 'constructor'])('knows no gateway called %s', async (vendor) => {
    expect(await problemOf(await post(at(vendor), '[]'))).toBe('404 NOT_FOUND');
  });

  it('takes a query from Luosimao only', async () => {
    expect((await fetch(app.url + at('luosimao'))).status).toBe(200);
    const response = await fetch(app.url + at('tencent'));
    expect(response.headers.get('allow')).toBe('POST');
    expect(await problemOf(response)).toBe('405 METHOD_NOT_ALLOWED');
    expect(await problemOf(await fetch(app.url + at('luosimao', 'wrong-token-00001')))).toBe(
      '401 HOOK_TOKEN_INVALID',
    );
  });

  it.each([
    ['tencent', '[{"sid":', 'application/json'],
    ['tencent', '"text"', 'application/json'],
    ['tencent', '', 'application/json'],
    ['ronglian', '<Request><action>', 'text/xml'],
    ['ronglian', '<!DOCTYPE a [<!ENTITY b "c">]><Request><action>&b;</action></Request>', 'application/xml'],
    ['luosimao', '\u0000', 'application/octet-stream'],
  ])('of %s has no use for %j', async (vendor, body, type) => {
    expect(await problemOf(await post(at(vendor), body, type))).toBe('400 MALFORMED_BODY');
  });

  it('reads a push that says nothing or something wrong of its type', async () => {
    const push = JSON.stringify({
      Request: { action: 'SMSArrived', smsType: '1', content: 'sid', status: '0' },
    });
    for (const type of ['application/octet-stream', 'text/plain', 'application/xml', 'whatever'])
      expect(await (await post(at('ronglian'), push, type)).text()).toBe('{"statusCode":"000000"}');
  });

  it('takes 4 MiB and no more', async () => {
    const much = JSON.stringify([{ text: 'x'.repeat(4_000_000) }]);
    expect((await post(at('tencent'), much)).status).toBe(200);
    const tooMuch = JSON.stringify([{ text: 'x'.repeat(4_200_000) }]);
    expect(await problemOf(await post(at('tencent'), tooMuch))).toBe('413 BODY_TOO_LARGE');
  });

  it.each([
    ['203.0.113.7', '200'],
    ['198.51.100.200', '200'],
    ['2001:db8:1:2::3', '200'],
    ['203.0.113.8', '403'],
    ['2001:db8:2::1', '403'],
  ])('asks where a push comes from: %s is answered %s', async (from, status) => {
    const response = await post(at('tencent'), '[]', 'application/json', from);
    expect(String(response.status)).toBe(status);
    if (status === '403') expect(await problemOf(response)).toBe('403 HOOK_SOURCE_REFUSED');
  });

  it('tells a stranger nothing of the addresses', async () => {
    const response = await post(at('tencent', 'wrong-token-00001'), '[]', 'application/json', '203.0.113.8');
    expect(await problemOf(response)).toBe('401 HOOK_TOKEN_INVALID');
  });

  it('leaves its token in no log and no answer', async () => {
    app.app.useLogger(collector);
    try {
      const calls = [
        post(at('tencent'), '[{"sid":"1","report_status":"SUCCESS","mobile":"13800138000"}]'),
        post(`${at('tencent')}/`, '[]'),
        post(`${at('tencent')}?again=1`, '[{'),
        post(`${at('tencent')}/more`, '[]'),
        post(at('nobody'), '[]'),
        post(at('tencent'), JSON.stringify('x'.repeat(4_300_000))),
        post(at('tencent', `${TOKEN}${TOKEN}`), '[]'),
        fetch(app.url + at('tencent')),
        fetch(app.url + at('luosimao'), { method: 'DELETE' }),
        fetch(`${app.url}${at('luosimao')}?batch_id=1&mobile=13800138000&status=STRANGE`),
      ];
      for (const response of await Promise.all(calls)) {
        expect(await response.text()).not.toContain(TOKEN);
        expect(JSON.stringify([...response.headers])).not.toContain(TOKEN);
      }
      await eventually('line of each request', () => lines.filter((line) => /hooks/.test(line)).length >= 10);
    } finally {
      app.app.useLogger(false);
    }
    expect(lines.filter((line) => line.includes(TOKEN))).toEqual([]);
    expect(lines.filter((line) => line.includes('13800138000'))).toEqual([]);
    expect(lines.some((line) => /STRANGE/.test(line))).toBe(true);
  });

  it('is not there without a token', async () => {
    const { SMS_RECEIPT_TOKEN: _none, ...without } = variables(['tencent']);
    const closed = await startApp(without);
    for (const vendor of ['tencent', 'ronglian', 'luosimao', 'nobody'])
      expect((await fetch(hook(closed, vendor), { method: 'POST', body: '[]' })).status).toBe(404);
    expect((await fetch(hook(closed, 'luosimao'))).status).toBe(404);
    await closed.stop();
  });

  afterAll(() => Logger.overrideLogger(false));
});

describe('without PostgreSQL', () => {
  it('the gateway is asked to come again, in time, and nothing is lost', async () => {
    const first = await startApp(variables(['tencent']));
    const proxy = await TcpProxy.before(first.cluster.database.url);
    const behind = await startApp(variables(['tencent']), {
      ...first.cluster,
      database: { ...first.cluster.database, url: proxy.through(first.cluster.database.url) },
    });
    const desk = new Desk(first, 'tencent');
    const message = await desk.sent();
    for (const breakDown of [() => proxy.refuse(), () => Promise.resolve(proxy.silence())]) {
      await breakDown();
      const startedAt = performance.now();
      const [answer] = await desk.deliver(message.entry, 'delivered', {}, behind);
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([503, 'STORE_UNAVAILABLE']);
      expect(performance.now() - startedAt).toBeLessThan(3_000);
      await proxy.heal();
    }
    await eventually('answer', async () => {
      const [answer] = await desk.deliver(message.entry, 'delivered', {}, behind);
      return answer.status === 200;
    });
    expect(await desk.statusOf(message.id)).toBe('delivered');
    await behind.stop();
    await proxy.stop();
    await first.stop();
  });
});

interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values: unknown[];
}

/** As PostgreSQL plans it with these values, and for any values. */
async function plansOf(app: RunningApp, { text, values }: Statement): Promise<string[]> {
  const runner = app.dataSource.createQueryRunner();
  const plan = async (sql: string, parameters?: unknown[]) => {
    const rows = (await runner.query(sql, parameters)) as { 'QUERY PLAN': string }[];
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  };
  try {
    const fitting = await plan(`EXPLAIN ${text}`, values);
    await runner.query('SET plan_cache_mode = force_generic_plan');
    await runner.query(`PREPARE planned AS ${text}`);
    const generic = await plan(`EXPLAIN EXECUTE planned(${values.map(() => 'NULL').join()})`);
    return [fitting, generic];
  } finally {
    await runner.query('DEALLOCATE planned');
    await runner.query('RESET plan_cache_mode');
    await runner.release();
  }
}

describe('ten thousand receipts', () => {
  let app: RunningApp;

  beforeAll(async () => {
    app = await startApp(variables(['tencent']));
  });
  afterAll(() => app.stop());

  const vault = () => new PhoneVault(new Secrets(app.cluster.secretKey));
  const numbers = Array.from({ length: 10_000 }, (_, turn) => `13700${String(turn).padStart(6, '0')}`);
  const pushed = (prefix: string, status = 'SUCCESS') =>
    JSON.stringify(
      numbers.map((mobile, turn) => ({
        user_receive_time: '2026-11-21 16:00:00',
        nationcode: '86',
        mobile,
        report_status: status,
        errmsg: 'DELIVRD',
        description: '用户短信送达成功',
        sid: `${prefix}:${turn}`,
      })),
    );
  const push = (body: string) =>
    fetch(hook(app, 'tencent'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
  /** A large push is acknowledged when it is kept. */
  const applied = () => app.app.get(ReceiptsService, { strict: false }).idle();
  /** All that is done from time to time, with a receipt that came before its call had ended. */
  const lookThrough = async () => {
    const receipts = app.app.get(ReceiptsService, { strict: false });
    await receipts.take([
      { provider: 'tencent', providerMessageId: 'late', status: 'delivered', vendorCode: 'DELIVRD' },
      { provider: 'tencent', providerMessageId: 'never', status: 'delivered', vendorCode: 'DELIVRD' },
    ]);
    await app.dataSource.query(
      `UPDATE sms_attempts SET provider_message_id = 'late' WHERE provider_message_id = 'load:20000'`,
    );
    expect(await receipts.applyWaiting(Date.now() + 61_000)).toBe(1);
    await app.app.get(UnknownSettler, { strict: false }).settle();
    await receipts.purge(7);
  };
  const counts = async () => {
    const rows = await app.dataSource.query<{ state: string; count: number }[]>(
      'SELECT state, count(*)::int FROM sms_messages GROUP BY state ORDER BY state',
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  };

  it('in one push each find their message, by index', async () => {
    const sealed = vault().store('+8613700000000' as Phone).ciphertext;
    const indexes = numbers.map((mobile) => vault().index(`+86${mobile}` as Phone));
    // Fifty thousand messages; the newest ten thousand are those of the push.
    // Without the time limits of the service.
    const client = new Client({ connectionString: app.cluster.database.url });
    await client.connect();
    await client.query(
      `WITH given AS (
         SELECT gen_random_uuid() AS id, turn, $1::bytea AS sealed,
                CASE WHEN turn < 10000 THEN ($2::bytea[])[turn + 1] ELSE decode(md5(turn::text), 'hex') END AS phone
         FROM generate_series(0, 49999) AS turn),
       attempts AS (
         INSERT INTO sms_attempts (message_id, number, provider, outcome, provider_message_id, started_at, finished_at)
         SELECT id, 1, 'tencent', 'accepted', 'load:' || turn, now(), now() FROM given)
       INSERT INTO sms_messages (id, source, purpose, channel, locale, phone_index, phone_ciphertext, state, provider,
         provider_message_id, send_before, settled_at)
       SELECT id, 'direct', 'load', 'sms', 'zh', phone, sealed, 'accepted', 'tencent', 'load:' || turn, now(), now()
       FROM given`,
      [sealed, indexes],
    );
    await client.query('ANALYZE sms_messages, sms_attempts, sms_receipts');
    await client.end();
    const query = jest.spyOn(Client.prototype, 'query');
    const answer = await push(pushed('load'));
    expect([answer.status, await answer.text()]).toEqual([200, '{"result":0,"errmsg":"OK"}']);
    await applied();
    await lookThrough();
    const statements = new Map(
      (query.mock.calls as unknown as [Statement][])
        .filter(([{ name }]) => name?.startsWith('sms.receipts.'))
        .map(([statement]) => [statement.name!, statement]),
    );
    query.mockRestore();
    expect([...statements.keys()].sort()).toEqual(
      ['apply', 'find', 'keep', 'purge', 'put', 'unknown', 'waiting'].map((name) => `sms.receipts.${name}`),
    );
    // Statistics of the middle of the push would say that many receipts wait.
    await app.dataSource.query('ANALYZE sms_receipts');
    for (const statement of statements.values())
      for (const plan of await plansOf(app, statement)) expect(plan).not.toMatch(/Seq Scan on sms_/);
    expect(await counts()).toEqual({ delivered: 10_001, accepted: 39_999 });
  });

  it('that nobody knows are acknowledged, and stand in nobody’s way', async () => {
    const answer = await push(pushed('strange', 'FAIL'));
    expect(answer.status).toBe(200);
    await applied();
    expect(await counts()).toEqual({ delivered: 10_001, accepted: 39_999 });
  });

  it('that come again change nothing', async () => {
    expect((await push(pushed('load'))).status).toBe(200);
    await applied();
    const [{ count }] = await app.dataSource.query<{ count: number }[]>(
      'SELECT count(*)::int FROM sms_receipts',
    );
    expect(count).toBe(20_002);
  });
});
