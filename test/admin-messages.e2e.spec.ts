import type { Test } from 'supertest';
import { eventually } from './support/eventually';
import { Gateways } from './support/gateways';
import { Journey, newPhone, otherThan } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

const TOKEN = 'notASecretReceiptToken';
const ADMIN = newPhone();

interface Item {
  readonly id: string;
  readonly state: string;
  readonly provider: string | null;
}

interface Entry {
  readonly at: string;
  readonly what: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

let gateways: Gateways;
let app: RunningApp;
let journey: Journey;
let token: string;
let admin: string;

beforeAll(async () => {
  gateways = await Gateways.start();
  app = await startApp(
    {
      ...WIDE,
      ...gateways.variables(),
      SMS_PRICES: 'tencent:5,ronglian:4,luosimao:6',
      SMS_RECEIPT_TOKEN: TOKEN,
      CHECK_HOURLY_LIMIT: '100',
      ADMIN_PHONES: ADMIN,
    },
    undefined,
    { circuit: { faults: Infinity } },
  );
  journey = new Journey(app);
  const { verificationId, code } = await sent(ADMIN, 'register');
  const { body } = await app.api.post('/v1/users').send({ verificationId, code }).expect(201);
  [token, admin] = [body.accessToken, body.user.id];
});
afterEach(() => gateways.reset());
afterAll(async () => {
  await app.stop();
  await gateways.stop();
});

/** A message that a gateway took, and the code in it. */
async function sent(phone = newPhone(), purpose = 'login') {
  const verificationId = await journey.start(phone, purpose);
  const status = await journey.sent(verificationId);
  const [message] = gateways.taken(phone);
  return { phone, verificationId, status, code: message?.code, entry: message };
}

const as = (request: Test, bearer = token) => request.set('Authorization', `Bearer ${bearer}`);
const get = (path: string, query: object = {}) => as(app.api.get(`/v1/admin/${path}`)).query(query);
const list = async (query: object): Promise<{ items: Item[]; nextCursor: string | null }> =>
  (await get('messages', query).expect(200)).body;
const timeline = async (id: string): Promise<Entry[]> =>
  (await get(`messages/${id}`).expect(200)).body.timeline;
const only = async (phone: string): Promise<Item> => {
  const { items } = await list({ phone });
  expect(items).toHaveLength(1);
  return items[0];
};

describe('the timeline of a message', () => {
  it('tells of a fail-over: why each gateway was called, what it said, and what became of the code', async () => {
    await gateways.of('tencent').fault({
      kind: 'refuse',
      code: 'FailedOperation.InsufficientBalanceInSmsPackage',
      text: 'words of the vendor',
    });
    const { phone, verificationId, code, entry } = await sent();
    const check = (presented: string) =>
      app.api.post(`/v1/verifications/${verificationId}/check`).send({ code: presented });
    await check(otherThan(code)).expect(422);
    await gateways
      .of('ronglian')
      .deliver([entry], 'delivered', { to: `${app.url}/v1/hooks/sms/ronglian/${TOKEN}` });
    await eventually('delivery', async () => (await only(phone)).state === 'delivered');
    await check(code).expect(200);
    const { id } = await only(phone);
    const entries = await eventually('an approval', async () => {
      const told = await timeline(id);
      return told.some(({ what }) => what === 'approved') && told;
    });

    expect(entries.map(({ what }) => what)).toEqual([
      'admitted',
      'queued',
      'attempt',
      'attempt',
      'check.mismatch',
      'receipt',
      'verified',
      'approved',
    ]);
    const [admitted, , refused, accepted, , receipt] = entries.map(({ detail }) => detail);
    expect(admitted).toMatchObject({ hour: 0, day: 0, captcha: 'never', requestId: expect.any(String) });
    expect(refused).toMatchObject({
      number: 1,
      provider: 'tencent',
      route: 'first in order',
      outcome: 'refused',
      refusal: 'B',
      reading: 'the account has no balance left',
      vendorCode: 'FailedOperation.InsufficientBalanceInSmsPackage',
      vendorText: 'words of the vendor',
      vendorRequestId: expect.any(String),
      cost: null,
    });
    expect(accepted).toMatchObject({
      number: 2,
      provider: 'ronglian',
      route: expect.stringMatching(/^after tencent said B /),
      outcome: 'accepted',
      reading: null,
      vendorMessageId: entry.providerMessageId,
      cost: 4,
      durationMs: expect.any(Number),
    });
    expect(receipt).toMatchObject({ provider: 'ronglian', status: 'delivered' });
    const text = JSON.stringify(entries);
    for (const secret of [code, otherThan(code), phone, phone.slice(3), verificationId])
      expect(text).not.toContain(secret);
  });

  it('names the message that took its place, and the other way round', async () => {
    const { phone, entry } = await sent();
    const { id } = await only(phone);
    await gateways
      .of('tencent')
      .deliver([entry], 'undelivered', { to: `${app.url}/v1/hooks/sms/tencent/${TOKEN}` });
    const items = await eventually('a second message', async () => {
      const found = (await list({ phone })).items;
      return found.length === 2 && found;
    });
    const second = items.find((item) => item.id !== id)!;
    expect((await timeline(id)).find(({ what }) => what === 'rerouted')?.detail).toEqual({ to: second.id });
    expect((await timeline(second.id))[0]).toMatchObject({ what: 'rerouted', detail: { from: id } });
  });

  it('is not to be had of a message that is not there', async () => {
    await get('messages/019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10').expect(404);
    await get('messages/nonsense').expect(404);
  });
});

describe('the list of messages', () => {
  it.each(['messages', 'messages/019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10'])(
    'is for administrators (%s)',
    async (path) => {
      await app.api.get(`/v1/admin/${path}`).expect(401);
      const { verificationId, code } = await sent(newPhone(), 'register');
      const { body } = await app.api.post('/v1/users').send({ verificationId, code }).expect(201);
      await as(app.api.get(`/v1/admin/${path}`), body.accessToken).expect(403);
    },
  );

  it('finds a number in any spelling, masks it, and the audit log says who looked', async () => {
    const { phone } = await sent();
    const digits = phone.slice(3);
    const masked = `${digits.slice(0, 3)}****${digits.slice(-4)}`;
    for (const spelling of [phone, digits, `0086 ${digits}`, `${digits.slice(0, 3)}-${digits.slice(3)}`]) {
      const { body, headers } = await get('messages', { phone: spelling }).expect(200);
      expect(headers['cache-control']).toBe('no-store');
      expect(body).toEqual({
        items: [
          {
            id: expect.any(String),
            phone: masked,
            purpose: 'login',
            channel: 'sms',
            state: 'accepted',
            provider: 'tencent',
            createdAt: expect.any(String),
            settledAt: expect.any(String),
            approvedAt: null,
            attempts: 1,
            cost: 5,
          },
        ],
        nextCursor: null,
      });
      expect(JSON.stringify(body)).not.toContain(digits);
    }
    const { body } = await get('audit', { action: 'messages.read', limit: 4 }).expect(200);
    for (const event of body.items) expect(event).toMatchObject({ actor: admin, subject: masked });
  });

  it('is read by pages, newest first', async () => {
    const phone = newPhone();
    for (let turn = 0; turn < 5; turn += 1) await journey.start(phone);
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await list({ phone, limit: 2, cursor });
      pages.push(page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual([...new Set(pages.flat())].sort().reverse());
    const newest = await list({ limit: 5 });
    expect(newest.items.map(({ id }) => id)).toEqual(pages.flat());
    expect(newest.nextCursor).toBe(pages.flat().at(-1));
  });

  it('is narrowed down to a state and a gateway', async () => {
    await gateways.of('tencent').fault({ kind: 'refuse', code: 'FailedOperation.PhoneNumberInBlacklist' });
    const { phone } = await sent();
    const { id } = await only(phone);
    const refused = await list({ state: 'refused', provider: 'tencent' });
    expect(refused.items).toContainEqual(expect.objectContaining({ id, state: 'refused' }));
    expect(new Set(refused.items.map(({ state }) => state))).toEqual(new Set(['refused']));
    expect((await list({ state: 'refused', provider: 'luosimao' })).items).toEqual([]);
    expect((await timeline(id)).at(-1)).toMatchObject({ what: 'settled', detail: { state: 'refused' } });
  });

  it('shows a password reset that was withheld as what it is, to operators only', async () => {
    const { phone, status } = await sent(newPhone(), 'reset_password');
    expect(status).toBe('sent');
    expect((await only(phone)).state).toBe('withheld');
  });

  it.each([
    [{ phone: '12345' }, '#/phone'],
    [{ state: 'lost' }, '#/state'],
    [{ limit: 1_000 }, '#/limit'],
    [{ cursor: 'x' }, '#/cursor'],
  ])('says what is wrong with %j', async (query, pointer) => {
    const { body } = await get('messages', query).expect(422);
    expect(body.errors).toEqual([expect.objectContaining({ pointer })]);
  });
});
