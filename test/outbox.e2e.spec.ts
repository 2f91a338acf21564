import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import type { Phone } from '../src/common/phone';
import { PhoneVault } from '../src/common/phone-vault';
import { Secrets } from '../src/common/secrets';
import { SmsDispatcher } from '../src/sms/dispatcher';
import type { MessageState } from '../src/sms/message.entity';
import { Outbox } from '../src/sms/outbox';
import type { MessageSource } from '../src/sms/message-source.interface';
import { SmsService } from '../src/sms/sms.service';
import { newVerificationId } from '../src/verification/verification-id';
import { eventually } from './support/eventually';
import { Gateways } from './support/gateways';
import { Journey, newPhone } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

const MANY = 200;

/** Gateways in this process, which has hundreds of calls to answer at once. Circuits are the matter of other specs. */
const PATIENT = { timeoutMs: 30_000, circuit: { faults: 10_000, probeAfterMs: 15_000 } };

describe('the outbox', () => {
  let gateways: Gateways;
  let app: RunningApp;
  let other: RunningApp;
  /** Writes to the same table and never sends: an instance that died after its commit. */
  let deadInstance: Outbox;

  beforeAll(async () => {
    gateways = await Gateways.start();
    const variables = {
      ...WIDE,
      ...gateways.variables(['tencent']),
      RESEND_COOLDOWN: '60',
      LOG_LEVEL: 'silent',
    };
    app = await startApp(variables, undefined, PATIENT);
    other = await startApp(variables, app.cluster, PATIENT);
    deadInstance = new Outbox(app.dataSource, 1_000);
    for (const instance of [app, other]) instance.app.get(SmsService).registerSource('spec', SPEC_SOURCE);
  });
  afterEach(() => gateways.reset());
  afterAll(async () => {
    await other.stop();
    await app.stop();
    await gateways.stop();
  });

  const sms = () => app.app.get(SmsService, { strict: false });
  const write = async (phone: string, changes: object = {}) => {
    const vault = new PhoneVault(new Secrets(app.cluster.secretKey));
    const message = { ...newMessage(vault, phone), ...changes };
    await deadInstance.insert(message);
    return message.id;
  };
  const rowOf = async (id: string): Promise<Row> => {
    const [row] = await app.dataSource.query<Row[]>('SELECT * FROM sms_messages WHERE id = $1', [id]);
    return row;
  };
  const attemptsOf = (id: string) =>
    app.dataSource.query<{ outcome: string; vendor_code: string }[]>(
      'SELECT outcome, vendor_code FROM sms_attempts WHERE message_id = $1 ORDER BY number',
      [id],
    );
  const hasState = (id: string, state: MessageState, withinMs?: number) =>
    eventually(`message that is ${state}`, async () => (await rowOf(id)).state === state, withinMs);
  const set = (id: string, assignments: string) =>
    app.dataSource.query(`UPDATE sms_messages SET ${assignments} WHERE id = $1`, [id]);
  /** Sends one more message: by then a dispatcher has looked at everything that is older. */
  const lookThrough = async () => {
    const phone = newPhone();
    const messageId = await write(phone);
    await app.app.get(SmsDispatcher, { strict: false }).search();
    await hasState(messageId, 'accepted');
    expect(gateways.taken(phone)).toHaveLength(1);
  };

  it(`sends each of ${MANY} messages once, on two instances that look at the same time`, async () => {
    const phones = Array.from({ length: MANY }, newPhone);
    const ids = await Promise.all(phones.map((phone) => write(phone)));
    for (const { app: instance } of [app, other])
      void instance.get(SmsDispatcher, { strict: false }).search();
    await eventually('end of the queue', async () => {
      const [{ open }] = await app.dataSource.query(
        `SELECT count(*)::int AS open FROM sms_messages WHERE state <> 'accepted' AND id = ANY($1)`,
        [ids],
      );
      return open === 0;
    });
    expect(gateways.calls('tencent')).toBe(MANY);
    for (const phone of phones) expect(gateways.taken(phone)).toHaveLength(1);
    const [{ attempts }] = await app.dataSource.query(
      'SELECT count(*)::int AS attempts FROM sms_attempts WHERE message_id = ANY($1)',
      [ids],
    );
    expect(attempts).toBe(MANY);
  });

  it('sends what a dead instance had queued, within two seconds', async () => {
    const phone = newPhone();
    const id = await write(phone);
    await hasState(id, 'accepted', 2_000);
    expect(gateways.taken(phone)).toHaveLength(1);
  });

  it('never sends a message of a verification that was taken back: its request was told that nothing was written', async () => {
    const phone = newPhone();
    const id = await write(phone, { source: 'verification' });
    await hasState(id, 'withheld');
    expect(gateways.taken(phone)).toEqual([]);
  });

  it('sends what a request wrote that could not hand it over any more', async () => {
    const phone = newPhone();
    const dispatcher = app.app.get(SmsDispatcher, { strict: false });
    const wake = jest.spyOn(dispatcher, 'wake').mockImplementation(() => undefined);
    const { body } = await app.api.post('/v1/verifications').send({ phone, purpose: 'login' }).expect(202);
    wake.mockRestore();
    await eventually('message', () => gateways.taken(phone).length === 1);
    expect(await new Journey(app).sent(body.verificationId)).toBe('sent');
  });

  it('takes a message whose caller died for unknown, and never sends it by itself', async () => {
    const phone = newPhone();
    const id = await write(phone);
    await hasState(id, 'accepted');
    // As a crash in mid-call leaves it.
    await set(id, `state = 'calling', settled_at = NULL, lease_until = now() - interval '1 millisecond'`);
    await app.dataSource.query('DELETE FROM sms_attempts WHERE message_id = $1', [id]);
    await hasState(id, 'unknown');
    expect(await attemptsOf(id)).toEqual([{ outcome: 'unknown', vendor_code: 'crash' }]);
    await lookThrough();
    expect(gateways.taken(phone)).toHaveLength(1);
    expect((await rowOf(id)).state).toBe('unknown');
  });

  it('leaves a call alone whose lease has not ended', async () => {
    const id = await write(newPhone());
    await hasState(id, 'accepted');
    await set(id, `state = 'calling', settled_at = NULL, lease_until = now() + interval '1 hour'`);
    await lookThrough();
    expect((await rowOf(id)).state).toBe('calling');
  });

  it('never sends what is overdue, and gives its quota back', async () => {
    const journey = new Journey(app);
    const phone = newPhone();
    const verificationId = await journey.start(phone);
    expect(await journey.sent(verificationId)).toBe('sent');
    await app.api.post('/v1/verifications').send({ phone, purpose: 'login' }).expect(429);
    const [{ id }] = await app.dataSource.query('SELECT id FROM sms_messages WHERE reference = $1', [
      verificationId,
    ]);
    // As if no instance had been there to send it.
    await set(id, `state = 'queued', settled_at = NULL, send_before = now() - interval '1 millisecond'`);
    await hasState(id, 'expired');
    const { body } = await app.api.get(`/v1/verifications/${verificationId}`).expect(200);
    expect(body.status).toBe('failed');
    expect(gateways.taken(phone)).toHaveLength(1);
    await eventually('admission', async () => {
      const { status } = await app.api.post(`/v1/verifications/${verificationId}/resend`).send({});
      return status === 202;
    });
  });

  it('never sends what is overdue from the start', async () => {
    const phone = newPhone();
    const { messageId } = await sms().send({
      to: phone,
      values: { code: '438217', minutes: '5' },
      sendWithin: 0,
    });
    await hasState(messageId, 'expired');
    expect(gateways.taken(phone)).toEqual([]);
  });

  describe('with a source that fails', () => {
    const flaky = { failures: Infinity };
    const source = {
      contentOf: () => {
        flaky.failures -= 1;
        if (flaky.failures >= 0) return Promise.reject(new Error('the source is not well'));
        return Promise.resolve({ values: { code: '123456', minutes: '5' } });
      },
      refused: () => Promise.resolve(),
    };
    const enqueue = (phone: string) => write(phone, { source: 'flaky' });

    beforeAll(() => {
      for (const { app: instance } of [app, other]) {
        instance.get(SmsService, { strict: false }).registerSource('flaky', source);
      }
    });

    it('puts the message back and sends it once the source is well', async () => {
      flaky.failures = 2;
      const phone = newPhone();
      await hasState(await enqueue(phone), 'accepted');
      expect(gateways.taken(phone)).toHaveLength(1);
    });

    it('does not let its messages stand in the way of others, nor turns in circles', async () => {
      flaky.failures = Infinity;
      const stuck: string[] = [];
      // As many as a busy machine takes at once.
      while (stuck.length < 450)
        stuck.push(...(await Promise.all(Array.from({ length: 50 }, () => enqueue(newPhone())))));
      await eventually('claim of a stuck message', async () => (await rowOf(stuck[0])).fence > 0);
      const phone = newPhone();
      await hasState(await write(phone), 'accepted', 10_000);
      const [{ fences }] = await app.dataSource.query(
        'SELECT max(fence) AS fences FROM sms_messages WHERE id = ANY($1)',
        [stuck],
      );
      expect(fences).toBeLessThan(10);
      flaky.failures = 0;
      // One look for all: hundreds at once would leave the service no connection.
      const open = `SELECT count(*)::int AS left FROM sms_messages WHERE id = ANY($1) AND state <> 'accepted'`;
      const isEmpty = async () => (await app.dataSource.query(open, [stuck]))[0].left === 0;
      await eventually('outbox without them', isEmpty, 20_000);
    }, 60_000);
  });

  describe('with a text that a host handed in', () => {
    const values = { code: '438217', minutes: '5' };
    const contentOf = async (id: string) => (await rowOf(id)).content_ciphertext;

    it('sends it and wipes it', async () => {
      const phone = newPhone();
      const { messageId } = await sms().send({ to: phone, values });
      expect((await rowOf(messageId)).phone_ciphertext.includes(phone.slice(3))).toBe(false);
      await hasState(messageId, 'accepted');
      expect(gateways.taken(phone)).toEqual([expect.objectContaining({ code: '438217' })]);
      expect(await contentOf(messageId)).toBeNull();
    });

    it('wipes it when it was refused, and when nobody knows', async () => {
      await gateways.of('tencent').fault({ kind: 'refuse', code: 'AuthFailure.SecretIdNotFound' }, 1);
      const refused = await sms().send({ to: newPhone(), values });
      await hasState(refused.messageId, 'refused');
      await gateways.of('tencent').fault({ kind: 'cut' }, 1);
      const unknown = await sms().send({ to: newPhone(), values });
      await hasState(unknown.messageId, 'unknown');
      expect(await contentOf(refused.messageId)).toBeNull();
      expect(await contentOf(unknown.messageId)).toBeNull();
    });

    it('wipes it when its caller died, and when it is overdue', async () => {
      const lost = await write(newPhone(), { source: 'direct', content: Buffer.from('sealed') });
      await set(lost, `state = 'calling', lease_until = now() - interval '1 millisecond'`);
      await hasState(lost, 'unknown');
      expect(await contentOf(lost)).toBeNull();
      const overdue = await write(newPhone(), {
        source: 'direct',
        content: Buffer.from('sealed'),
        sendWithin: -1,
      });
      await hasState(overdue, 'expired');
      expect(await contentOf(overdue)).toBeNull();
    });

    it('refuses a message that cannot be stored without taking others along', async () => {
      const sends = Array.from({ length: 20 }, (_, turn) =>
        sms().send({ to: newPhone(), values, purpose: turn === 7 ? 'x'.repeat(40) : 'greeting' }),
      );
      const results = await Promise.allSettled(sends);
      expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
      expect(results[7].status).toBe('rejected');
    });

    it('refuses a number of a country that is not enabled', async () => {
      await expect(sms().send({ to: '+85251234567', values })).rejects.toMatchObject({
        code: 'VALIDATION_FAILED',
      });
    });
  });
});

describe('an instance that stops', () => {
  let gateways: Gateways;
  let app: RunningApp;
  let dataSource: DataSource;

  beforeEach(async () => {
    gateways = await Gateways.start();
    app = await startApp({ ...WIDE, ...gateways.variables(['tencent', 'luosimao']), SMS_TIMEOUT_MS: '3000' });
    dataSource = await connectTo(app);
  });
  afterEach(async () => {
    await dataSource.destroy();
    await app.cluster.database.drop();
    await gateways.stop();
  });

  const messages = () =>
    dataSource.query<{ state: string; attempts: number }[]>(
      `SELECT state, (SELECT count(*)::int FROM sms_attempts a WHERE a.message_id = m.id) AS attempts
       FROM sms_messages m`,
    );

  it('finishes the calls under way and records their outcome', async () => {
    const phone = newPhone();
    await gateways.of('tencent').fault({ kind: 'slow', ms: 600 });
    await new Journey(app).start(phone);
    await eventually('call', () => gateways.taken(phone).length === 1);
    await app.app.close();
    expect(await messages()).toEqual([{ state: 'accepted', attempts: 1 }]);
  });

  it('leaves it to another instance to ask the next gateway', async () => {
    const variables = {
      ...WIDE,
      ...gateways.variables(['tencent', 'luosimao']),
      TENCENT_SECRET_KEY: 'notTheKeyOfThisAccount0000000001',
    };
    const phone = newPhone();
    const stopping = await startApp(variables, app.cluster);
    await app.app.close();
    // The gateway takes its time to refuse the signature.
    await gateways.of('tencent').fault({ kind: 'slow', ms: 600 });
    await new Journey(stopping).start(phone);
    await eventually('call', () => gateways.calls('tencent') === 1);
    await stopping.stop();
    expect(await messages()).toEqual([{ state: 'queued', attempts: 1 }]);

    const next = await startApp(variables, app.cluster);
    await eventually('message that is sent', async () => (await messages())[0].state === 'accepted');
    await next.stop();
    expect(await messages()).toEqual([{ state: 'accepted', attempts: 3 }]);
    expect(gateways.taken(phone, ['luosimao'])).toHaveLength(1);
  });
});

describe('a claim', () => {
  let app: RunningApp;
  let dataSource: DataSource;
  let outbox: Outbox;

  beforeAll(async () => {
    app = await startApp({ ...WIDE });
    dataSource = await connectTo(app);
    await app.app.close();
    outbox = new Outbox(dataSource, 60);
  });
  afterAll(async () => {
    await dataSource.destroy();
    await app.cluster.database.drop();
  });

  const vault = new PhoneVault(new Secrets(randomBytes(32)));
  const claimed = async () => {
    await outbox.insert(newMessage(vault, newPhone()));
    const [message] = await outbox.claim(1);
    return message;
  };
  const outcomeOf = (message: { id: string; fence: number }, number = 1) => ({
    messageId: message.id,
    fence: message.fence,
    number,
    provider: 'tencent',
    outcome: { kind: 'accepted' as const, vendorCode: 'Ok' },
    startedAt: new Date(),
    finishedAt: new Date(),
    state: 'accepted' as const,
    nextProvider: null,
    keepContent: false,
    route: 'first in order',
    cost: null,
  });
  const stateOf = async (id: string) => {
    const [row] = await dataSource.query(
      `SELECT state, (SELECT count(*)::int FROM sms_attempts a WHERE a.message_id = m.id) AS attempts
       FROM sms_messages m WHERE id = $1`,
      [id],
    );
    return row as { state: string; attempts: number };
  };

  it('is given to one of many that ask at once', async () => {
    for (let turn = 0; turn < 30; turn += 1) await outbox.insert(newMessage(vault, newPhone()));
    const claims = (await Promise.all(Array.from({ length: 10 }, () => outbox.claim(10)))).flat();
    expect(claims).toHaveLength(30);
    expect(new Set(claims.map(({ id }) => id)).size).toBe(30);
  });

  it('that was lost makes the outcome void', async () => {
    const late = await claimed();
    await sleep(80);
    expect(await outbox.loseAbandoned()).toBeGreaterThan(0);
    expect(await outbox.record(outcomeOf(late))).toBe(false);
    expect(await stateOf(late.id)).toEqual({ state: 'unknown', attempts: 1 });
  });

  it('that another holds by now makes the outcome, the release and the withholding void', async () => {
    const first = await claimed();
    await outbox.release(first);
    await dataSource.query('UPDATE sms_messages SET lease_until = NULL WHERE id = $1', [first.id]);
    const [second] = await outbox.claim(1);
    expect([second.id, second.fence]).toEqual([first.id, first.fence + 1]);
    expect(await outbox.record(outcomeOf(first))).toBe(false);
    await outbox.release(first);
    await outbox.withhold(first, 'withheld');
    expect(await stateOf(first.id)).toEqual({ state: 'calling', attempts: 0 });
    expect(await outbox.record(outcomeOf(second))).toBe(true);
    expect(await stateOf(first.id)).toEqual({ state: 'accepted', attempts: 1 });
  });

  it("keeps an outcome whatever the gateway's words are", async () => {
    const kept = await claimed();
    const text = `\0${'x'.repeat(2_000)}`;
    const outcome = {
      kind: 'refused' as const,
      refusal: 'G' as const,
      vendorCode: text,
      vendorText: text,
      vendorRequestId: text,
    };
    expect(await outbox.record({ ...outcomeOf(kept), outcome, state: 'refused' })).toBe(true);
    expect(await stateOf(kept.id)).toEqual({ state: 'refused', attempts: 1 });
  });

  it('gives one outcome only', async () => {
    const message = await claimed();
    const records = await Promise.all(
      Array.from({ length: 5 }, (_, turn) => new Outbox(dataSource, 60).record(outcomeOf(message, turn + 1))),
    );
    expect(records.filter(Boolean)).toHaveLength(1);
  });
});

/** A connection that outlives the instance. */
function connectTo({ cluster }: RunningApp): Promise<DataSource> {
  return new DataSource({
    type: 'postgres',
    url: cluster.database.url,
    installExtensions: false,
  }).initialize();
}

interface Row {
  readonly state: MessageState;
  readonly fence: number;
  readonly phone_ciphertext: Buffer;
  readonly content_ciphertext: Buffer | null;
}

/** Messages that nobody asked for over HTTP. */
const SPEC_SOURCE: MessageSource = {
  contentOf: () => Promise.resolve({ values: { code: '123456', minutes: '5' } }),
  refused: () => Promise.resolve(),
};

function newMessage(vault: PhoneVault, phone: string) {
  return {
    id: uuidv7(),
    source: 'spec',
    reference: newVerificationId(randomBytes(2)),
    purpose: 'login',
    channel: 'sms' as const,
    locale: 'zh' as const,
    phone: vault.store(phone as Phone),
    content: null as Buffer | null,
    sendWithin: 240,
    dailyLimit: 0,
    segment: vault.segmentIndex(phone as Phone),
  };
}
