import { type EventMap, Events } from '../src/common/events';
import { eventually } from './support/eventually';
import { Gateways } from './support/gateways';
import { Journey, newPhone } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

const TOKEN = 'notASecretReceiptToken';
let gateways: Gateways;
let app: RunningApp;
let journey: Journey;

beforeAll(async () => {
  gateways = await Gateways.start();
});
afterAll(() => gateways.stop());

const start = async (variables: Record<string, string> = {}) => {
  app = await startApp({
    ...WIDE,
    ...gateways.variables(['tencent', 'ronglian']),
    SMS_RECEIPT_TOKEN: TOKEN,
    ...variables,
  });
  journey = new Journey(app);
};
afterEach(async () => {
  gateways.reset();
  await app.stop();
});

/** A verification whose message Tencent took. */
const taken = async (phone: string) => {
  const verificationId = await journey.start(phone);
  await journey.sent(verificationId);
  const [entry] = gateways.taken(phone, ['tencent']);
  return { verificationId, entry };
};
const reportUndelivered = (id: string, vendor: 'tencent' | 'ronglian' = 'tencent') =>
  gateways.of(vendor).deliver(id, 'undelivered', { to: `${app.url}/v1/hooks/sms/${vendor}/${TOKEN}` });
const messagesOf = (
  verificationId: string,
): Promise<{ provider: string; rerouted_from: string | null; state: string }[]> =>
  app.dataSource.query(
    'SELECT provider, rerouted_from, state FROM sms_messages WHERE reference = $1 ORDER BY created_at',
    [verificationId],
  );
const settledReceipts = () =>
  eventually('receipts that were applied', async () => {
    const [{ open }] = await app.dataSource.query(
      'SELECT count(*)::int AS open FROM sms_receipts WHERE applied_at IS NULL',
    );
    return open === 0;
  });

describe('a message that was not delivered', () => {
  it('goes through another gateway, with the same code, while the user still waits', async () => {
    await start();
    const events: EventMap['sms.rerouted'][] = [];
    app.app.get(Events).on('sms.rerouted', ({ data }) => events.push(data));
    const phone = newPhone();
    const { verificationId, entry } = await taken(phone);
    await reportUndelivered(entry.providerMessageId);
    await eventually('message of the other gateway', () => gateways.taken(phone, ['ronglian']).length === 1);
    expect(gateways.taken(phone, ['ronglian'])[0].code).toBe(entry.code);
    await eventually('status', async () => (await journey.sent(verificationId)) === 'sent');
    const [first, second] = await messagesOf(verificationId);
    expect([first.provider, first.state]).toEqual(['tencent', 'undelivered']);
    expect(second.provider).toBe('ronglian');
    expect(events.map(({ reference, from }) => [reference, from])).toEqual([[verificationId, 'tencent']]);
    await app.api.post(`/v1/verifications/${verificationId}/check`).send({ code: entry.code }).expect(200);
  });

  it('is sent again once at the most, however often it is reported, and on two instances', async () => {
    await start();
    const other = await startApp(
      { ...WIDE, ...gateways.variables(['tencent', 'ronglian']), SMS_RECEIPT_TOKEN: TOKEN },
      app.cluster,
    );
    try {
      const phone = newPhone();
      const { verificationId, entry } = await taken(phone);
      const report = (instance: RunningApp) =>
        gateways.of('tencent').deliver(entry.providerMessageId, 'undelivered', {
          to: `${instance.url}/v1/hooks/sms/tencent/${TOKEN}`,
        });
      await Promise.all([app, other, app, other, app].map(report));
      await eventually(
        'message of the other gateway',
        () => gateways.taken(phone, ['ronglian']).length === 1,
      );
      await journey.sent(verificationId);
      const [again] = gateways.taken(phone, ['ronglian']);
      await reportUndelivered(again.providerMessageId, 'ronglian');
      await settledReceipts();
      await eventually(
        'end of the second',
        async () => (await messagesOf(verificationId))[1].state === 'undelivered',
      );
      expect(await messagesOf(verificationId)).toHaveLength(2);
      expect(gateways.taken(phone)).toHaveLength(2);
    } finally {
      await other.stop();
    }
  });

  it.each<[string, (phone: string) => Promise<{ verificationId: string; providerMessageId: string }>]>([
    [
      'the code was used',
      async (phone) => {
        const { verificationId, entry } = await taken(phone);
        await app.api
          .post(`/v1/verifications/${verificationId}/check`)
          .send({ code: entry.code })
          .expect(200);
        return { verificationId, providerMessageId: entry.providerMessageId };
      },
    ],
    [
      'the verification was cancelled',
      async (phone) => {
        const { verificationId, entry } = await taken(phone);
        await app.api.delete(`/v1/verifications/${verificationId}`).expect(204);
        return { verificationId, providerMessageId: entry.providerMessageId };
      },
    ],
    [
      'the user has asked again meanwhile',
      async (phone) => {
        const { verificationId, entry } = await taken(phone);
        await app.api.post(`/v1/verifications/${verificationId}/resend`).send({}).expect(202);
        await eventually('resend', () => gateways.taken(phone, ['ronglian']).length === 1);
        return { verificationId, providerMessageId: entry.providerMessageId };
      },
    ],
  ])('is not sent again when %s', async (_, arrange) => {
    await start();
    const phone = newPhone();
    const { verificationId, providerMessageId } = await arrange(phone);
    const before = (await messagesOf(verificationId)).length;
    await reportUndelivered(providerMessageId);
    await settledReceipts();
    // A later one that has to be sent again shows that this one was decided on.
    const late = newPhone();
    const { entry } = await taken(late);
    await reportUndelivered(entry.providerMessageId);
    await eventually('the later one', () => gateways.taken(late, ['ronglian']).length === 1);
    expect(await messagesOf(verificationId)).toHaveLength(before);
  });

  it('is not sent again beyond the budget, nor where there is no other gateway', async () => {
    await start({ SMS_DAILY_BUDGET: '1' });
    const phone = newPhone();
    const { verificationId, entry } = await taken(phone);
    await reportUndelivered(entry.providerMessageId);
    await eventually(
      'undelivered',
      async () => (await messagesOf(verificationId))[0].state === 'undelivered',
    );
    await settledReceipts();
    await app.stop();
    await start({ SMS_PROVIDERS: 'tencent' });
    const alone = await taken(newPhone());
    await reportUndelivered(alone.entry.providerMessageId);
    await eventually(
      'undelivered',
      async () => (await messagesOf(alone.verificationId))[0].state === 'undelivered',
    );
    expect(gateways.calls('ronglian')).toBe(0);
  });
});
