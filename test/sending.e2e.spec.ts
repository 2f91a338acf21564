import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secrets } from '../src/common/secrets';
import { deriveCode } from '../src/verification/verification-code';
import { eventually } from './support/eventually';
import { Gateways, type Vendor, VENDORS } from './support/gateways';
import { Journey, newPhone, otherThan } from './support/journey';
import type { Fault } from './support/simulators/simulator-faults';
import { type RunningApp, startApp, WIDE } from './support/start-app';

const TIMEOUT_MS = 700;
const VENDOR_WORDS = 'words of the vendor';

/** Codes of each gateway, one per class of refusal. Luosimao has none for Q. */
const REFUSALS: Readonly<Record<Vendor, Readonly<Record<string, string>>>> = {
  tencent: {
    R: 'InternalError.Whatever',
    Q: 'RequestLimitExceeded',
    G: 'AuthFailure.SecretIdNotFound',
    B: 'FailedOperation.InsufficientBalanceInSmsPackage',
    U: 'Nobody.KnowsThis',
    L: 'LimitExceeded.PhoneNumberDailyLimit',
    C: 'InvalidParameterValue.IncorrectPhoneNumber',
    K: 'FailedOperation.PhoneNumberInBlacklist',
    T: 'FailedOperation.ContainSensitiveWord',
    P: 'MissingParameter',
  },
  ronglian: {
    R: '160000',
    Q: '111114',
    G: '111109',
    B: '111142',
    L: '160038',
    C: '160013',
    K: '160034',
    T: '160033',
    P: '160031',
  },
  luosimao: { G: '-10', B: '-20', L: '-42', C: '-40', K: '-41', T: '-31', P: '-30' },
};
const FAILS_OVER = ['R', 'Q', 'G', 'B', 'U'];
const NUMBER_LEVEL = ['L', 'C', 'K'];

const refusal = (vendor: Vendor, kind: string): Fault => ({
  kind: 'refuse',
  code: REFUSALS[vendor][kind],
  text: VENDOR_WORDS,
});

let gateways: Gateways;

beforeAll(async () => {
  gateways = await Gateways.start();
});
afterEach(() => gateways.reset());
afterAll(() => gateways.stop());

/** Circuits that never open: here every gateway is called, however it fared before. */
const PATIENT = { circuit: { faults: Infinity } };

describe.each(VENDORS)('with %s as the first gateway', (first) => {
  /** A gateway with an idempotency key is asked once more when it is soon clear that nobody knows. */
  const callsWhenUnknown = first === 'ronglian' ? 2 : 1;
  const others = VENDORS.filter((vendor) => vendor !== first);
  let app: RunningApp;
  let journey: Journey;
  let phone: string;

  beforeAll(async () => {
    app = await startApp(
      {
        ...WIDE,
        ...gateways.variables([first, ...others]),
        SMS_TIMEOUT_MS: String(TIMEOUT_MS),
      },
      undefined,
      PATIENT,
    );
    journey = new Journey(app);
  });
  beforeEach(() => {
    phone = newPhone();
  });
  afterAll(() => app.stop());

  const settled = (id: string) => sentOf(app, id);
  const codeOf = (verificationId: string) => derivedCode(app, verificationId);
  const callsOfOthers = () => others.reduce((sum, vendor) => sum + gateways.calls(vendor), 0);
  const logIn = (verificationId: string, code: string) =>
    app.api.post('/v1/sessions').send({ grant: 'code', verificationId, code, createUser: true });

  it('the code arrives, signed and once, and opens a session', async () => {
    const verificationId = await journey.start(phone);
    expect(await settled(verificationId)).toBe('sent');
    const messages = gateways.taken(phone);
    expect(messages).toEqual([expect.objectContaining({ channel: 'sms', code: codeOf(verificationId) })]);
    expect(gateways.taken(phone, [first])).toHaveLength(1);
    expect(callsOfOthers()).toBe(0);
    await logIn(verificationId, messages[0].code).expect(201);
    expect(await settled(verificationId)).toBe('verified');
  });

  it('a gateway that never answers makes it unknown in time, asks no other, and a resend has the same code (E1)', async () => {
    await gateways.of(first).fault({ kind: 'hang', taken: true }, 1);
    const startedAt = Date.now();
    const verificationId = await journey.start(phone);
    expect(Date.now() - startedAt).toBeLessThan(TIMEOUT_MS / 2);
    expect(await settled(verificationId)).toBe('unknown');
    expect(Date.now() - startedAt).toBeLessThan(TIMEOUT_MS + 1_000);
    expect([gateways.calls(first), callsOfOthers()]).toEqual([1, 0]);

    await app.api.post(`/v1/verifications/${verificationId}/resend`).send({}).expect(202);
    expect(await settled(verificationId)).toBe('sent');
    const codes = gateways.taken(phone).map(({ code }) => code);
    expect(codes).toEqual([codeOf(verificationId), codeOf(verificationId)]);
    expect(gateways.taken(phone, [others[0]])).toHaveLength(1);
    await logIn(verificationId, codes[0]).expect(201);
  });

  it('a message that may have arrived is sent once more at the most, however often the user asks', async () => {
    for (const vendor of VENDORS) await gateways.of(vendor).fault({ kind: 'hang', taken: true });
    const verificationId = await journey.start(phone);
    expect(await settled(verificationId)).toBe('unknown');
    await app.api.post(`/v1/verifications/${verificationId}/resend`).send({}).expect(202);
    await eventually('call of another gateway', () => gateways.calls(others[0]) === 1);
    expect(await settled(verificationId)).toBe('unknown');
    const refused = await app.api.post(`/v1/verifications/${verificationId}/resend`).send({}).expect(503);
    expect(refused.body.code).toBe('SMS_UNAVAILABLE');
    expect([gateways.calls(first), callsOfOthers()]).toEqual([1, 1]);
  });

  it.each([500, 502, 503, 404])(
    'an HTTP status %d leaves it unknown, for the message may have been taken (E2)',
    async (status) => {
      await gateways.of(first).fault({ kind: 'status', status });
      expect(await settled(await journey.start(phone))).toBe('unknown');
      expect([gateways.calls(first), callsOfOthers()]).toEqual([status < 500 ? 1 : callsWhenUnknown, 0]);
    },
  );

  it.each(['html', 'empty', 'truncated', 'err-key', 'missing', 'charset'] as const)(
    'an answer that is garbage (%s) is never a sent message (E3)',
    async (body) => {
      await gateways.of(first).fault({ kind: 'garbage', body });
      const verificationId = await journey.start(phone);
      expect(await settled(verificationId)).toBe('unknown');
      expect(callsOfOthers()).toBe(0);
      await logIn(verificationId, codeOf(verificationId)).expect(201);
    },
  );

  it('a redirect is not followed: nothing reaches the other host (E4)', async () => {
    let visits = 0;
    const elsewhere = createServer((_, response) => {
      visits += 1;
      response.end();
    });
    elsewhere.on('connection', () => (visits += 1));
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const { port } = elsewhere.address() as AddressInfo;
    await gateways.of(first).fault({ kind: 'redirect', location: `http://127.0.0.1:${port}/v1/send.json` });
    expect(await settled(await journey.start(phone))).toBe('unknown');
    expect([visits, callsOfOthers()]).toEqual([0, 0]);
    await new Promise((resolve) => elsewhere.close(resolve));
  });

  it.each(FAILS_OVER.filter((kind) => REFUSALS[first][kind]))(
    'a refusal of class %s leads to the next gateway, with the same code (E2, E5)',
    async (kind) => {
      await gateways.of(first).fault({ ...refusal(first, kind), taken: true });
      const verificationId = await journey.start(phone);
      expect(await settled(verificationId)).toBe('sent');
      expect(gateways.calls(first)).toBe(kind === 'R' ? 2 : 1);
      expect(gateways.calls(others[0])).toBe(1);
      const codes = new Set(gateways.taken(phone).map(({ code }) => code));
      expect(codes).toEqual(new Set([codeOf(verificationId)]));
      await logIn(verificationId, codeOf(verificationId)).expect(201);
    },
  );

  it.each([...NUMBER_LEVEL, 'T', 'P'])('a refusal of class %s asks no other gateway (E5)', async (kind) => {
    await gateways.of(first).fault(refusal(first, kind));
    expect(await settled(await journey.start(phone))).toBe('failed');
    expect([gateways.calls(first), callsOfOthers()]).toEqual([1, 0]);
  });

  it('a message that was taken before the cut is not sent twice, unless the user asks (E6)', async () => {
    await gateways.of(first).fault({ kind: 'accept-then-cut' }, 1);
    const verificationId = await journey.start(phone);
    expect(await settled(verificationId)).toBe(first === 'ronglian' ? 'sent' : 'unknown');
    expect(gateways.taken(phone)).toHaveLength(1);
    await app.api.post(`/v1/verifications/${verificationId}/resend`).send({}).expect(202);
    await settled(verificationId);
    const codes = gateways.taken(phone).map(({ code }) => code);
    expect(codes).toEqual([codeOf(verificationId), codeOf(verificationId)]);
    expect(gateways.taken(phone, [others[0]])).toHaveLength(1);
    await logIn(verificationId, codes[1]).expect(201);
  });

  it('a gateway whose port is closed is passed over: nothing was written to it', async () => {
    const closed = await startApp({
      ...WIDE,
      ...gateways.variables([first, ...others]),
      [`${first.toUpperCase()}_BASE_URL`]: 'http://127.0.0.1:9',
      SMS_TIMEOUT_MS: String(TIMEOUT_MS),
    });
    try {
      const verificationId = await new Journey(closed).start(phone);
      expect(await sentOf(closed, verificationId)).toBe('sent');
      expect(gateways.taken(phone, [others[0]])).toHaveLength(1);
    } finally {
      await closed.stop();
    }
  });
});

describe('a refused message', () => {
  let app: RunningApp;
  let journey: Journey;
  let phone: string;

  beforeAll(async () => {
    app = await startApp(
      {
        ...WIDE,
        ...gateways.variables(),
        RESEND_COOLDOWN: '60',
        PHONE_HOURLY_LIMIT: '1',
        PHONE_DAILY_LIMIT: '1',
        SEGMENT_HOURLY_LIMIT: '1',
        SMS_TIMEOUT_MS: String(TIMEOUT_MS),
      },
      undefined,
      PATIENT,
    );
    journey = new Journey(app);
  });
  beforeEach(() => {
    phone = newPhone();
  });
  afterAll(() => app.stop());

  const resend = (id: string) => app.api.post(`/v1/verifications/${id}/resend`).send({});
  const refuseAll = (kind: string) =>
    Promise.all(VENDORS.map((vendor) => gateways.of(vendor).fault(refusal(vendor, kind))));

  it.each(['G', 'B'])(
    'by all gateways (%s) gives cool-down and counts back within a second',
    async (kind) => {
      await refuseAll(kind);
      const verificationId = await journey.start(phone);
      expect(await sentOf(app, verificationId)).toBe('failed');
      expect(VENDORS.map((vendor) => gateways.calls(vendor))).toEqual([1, 1, 1]);
      gateways.reset();

      await eventually(
        'admission of the resend',
        async () => (await resend(verificationId)).status === 202,
        1_000,
      );
      expect(await sentOf(app, verificationId)).toBe('sent');
      const [{ code }] = gateways.taken(phone);
      expect(code).toBe(derivedCode(app, verificationId));
      await app.api.post(`/v1/verifications/${verificationId}/check`).send({ code }).expect(200);
    },
  );

  it('for its content (T) gives back too, so that a new start is admitted', async () => {
    await refuseAll('T');
    expect(await sentOf(app, await journey.start(phone))).toBe('failed');
    gateways.reset();
    const again = await eventually(
      'admission',
      async () => {
        const { status, body } = await app.api.post('/v1/verifications').send({ phone, purpose: 'register' });
        return status === 202 && (body.verificationId as string);
      },
      1_000,
    );
    expect(await sentOf(app, again)).toBe('sent');
  });

  it('gives the send of the address back as well', async () => {
    const strict = await startApp({
      ...WIDE,
      ...gateways.variables(),
      IP_HOURLY_LIMIT: '1',
      SMS_TIMEOUT_MS: String(TIMEOUT_MS),
    });
    const start = () => strict.api.post('/v1/verifications').send({ phone: newPhone(), purpose: 'login' });
    try {
      await refuseAll('T');
      const { body } = await start().expect(202);
      expect(await sentOf(strict, body.verificationId)).toBe('failed');
      gateways.reset();
      await eventually('admission', async () => (await start()).status === 202, 1_000);
      await start().expect(429);
    } finally {
      await strict.stop();
    }
  });

  it('says when the next one may go, and that is at once', async () => {
    await refuseAll('T');
    const verificationId = await journey.start(phone);
    expect(await sentOf(app, verificationId)).toBe('failed');
    const before = Date.now();
    const resendAt = await eventually(
      'resend that is available',
      async () => {
        const { body } = await app.api.get(`/v1/verifications/${verificationId}`);
        const at = Date.parse(body.resendAvailableAt);
        return at <= Date.now() + 1_000 && at;
      },
      1_000,
    );
    expect(resendAt).toBeGreaterThan(before - 60_000);
  });

  it.each(NUMBER_LEVEL)('for its number (%s) gives nothing back', async (kind) => {
    await refuseAll(kind);
    const verificationId = await journey.start(phone);
    expect(await sentOf(app, verificationId)).toBe('failed');
    gateways.reset();
    const refused = await resend(verificationId).expect(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3_000);
    await app.api.post('/v1/verifications').send({ phone, purpose: 'register' }).expect(429);
    expect(gateways.taken(phone)).toEqual([]);
  });

  it("never shows the user a vendor's code or words", async () => {
    for (const kind of ['G', 'K', 'T']) {
      gateways.reset();
      await refuseAll(kind);
      const number = newPhone();
      const started = await app.api.post('/v1/verifications').send({ phone: number, purpose: 'login' });
      const { verificationId } = started.body;
      expect(await sentOf(app, verificationId)).toBe('failed');
      const status = await app.api.get(`/v1/verifications/${verificationId}`);
      const again = await resend(verificationId);
      await sentOf(app, verificationId);
      for (const { text } of [started, status, again]) {
        expect(text).not.toContain(VENDOR_WORDS);
        for (const vendor of VENDORS) {
          expect(text).not.toContain(vendor);
          expect(text).not.toContain(`"${REFUSALS[vendor][kind]}"`);
        }
      }
      expect(Object.keys(status.body).sort()).toEqual([
        'attemptsRemaining',
        'channel',
        'codeLength',
        'expiresAt',
        'purpose',
        'resendAvailableAt',
        'status',
        'verificationId',
      ]);
    }
    const [{ words }] = await app.dataSource.query(
      `SELECT count(*)::int AS words FROM sms_attempts WHERE vendor_text LIKE '%${VENDOR_WORDS}%'`,
    );
    expect(words).toBeGreaterThan(0);
  });
});

describe('one slow gateway', () => {
  it('does not hold up the messages of others: 100 that drip, 60 that leave within two seconds', async () => {
    const app = await startApp(
      { ...WIDE, ...gateways.variables(['tencent']), SMS_TIMEOUT_MS: '5000' },
      undefined,
      PATIENT,
    );
    try {
      const slow = Array.from({ length: 100 }, newPhone);
      for (const to of slow) await gateways.of('tencent').fault({ kind: 'drip', ms: 1_000, to });
      const start = (phone: string) =>
        app.api.post('/v1/verifications').send({ phone, purpose: 'login' }).expect(202);
      await Promise.all(slow.map(start));
      await eventually('dripping calls', () => gateways.calls('tencent') === slow.length);
      const quick = Array.from({ length: 60 }, newPhone);
      await Promise.all(quick.map(start));
      const startedAt = Date.now();
      await eventually('quick messages', () => quick.every((phone) => gateways.taken(phone).length === 1));
      expect(Date.now() - startedAt).toBeLessThan(2_000);
      for (const phone of slow) expect(gateways.taken(phone)).toHaveLength(1);
    } finally {
      await app.stop();
    }
  });
});

describe('a code to reset a password', () => {
  let app: RunningApp;
  let journey: Journey;

  beforeAll(async () => {
    app = await startApp(
      { ...WIDE, ...gateways.variables(), SMS_TIMEOUT_MS: String(TIMEOUT_MS) },
      undefined,
      PATIENT,
    );
    journey = new Journey(app);
  });
  afterAll(() => app.stop());

  /** Registers through the gateways and forgets that message. */
  const knownPhone = async () => {
    const phone = newPhone();
    const verificationId = await journey.start(phone, 'register');
    await sentOf(app, verificationId);
    const code = derivedCode(app, verificationId);
    await app.api.post('/v1/users').send({ verificationId, code }).expect(201);
    gateways.reset();
    return phone;
  };
  const check = (id: string, code: string) => app.api.post(`/v1/verifications/${id}/check`).send({ code });

  it('is never sent to a number without an account, and nobody can tell', async () => {
    const known = await knownPhone();
    const unknown = newPhone();
    const [forKnown, forUnknown] = await Promise.all(
      [known, unknown].map((phone) =>
        app.api.post('/v1/verifications').send({ phone, purpose: 'reset_password' }).expect(202),
      ),
    );
    const shape = ({ body }: { body: object }) => ({
      ...body,
      verificationId: '',
      expiresAt: '',
      resendAvailableAt: '',
    });
    expect(shape(forUnknown)).toEqual(shape(forKnown));
    expect(Object.keys(forUnknown.headers).sort()).toEqual(Object.keys(forKnown.headers).sort());
    const [knownId, unknownId] = [forKnown, forUnknown].map(({ body }) => body.verificationId as string);
    expect(await sentOf(app, knownId)).toBe('sent');
    expect(await sentOf(app, unknownId)).toBe('sent');
    const follow = async (id: string) => shape(await app.api.get(`/v1/verifications/${id}`).expect(200));
    expect(await follow(unknownId)).toEqual(await follow(knownId));
    expect(gateways.taken(known)).toHaveLength(1);
    expect(gateways.taken(unknown)).toEqual([]);

    const right = derivedCode(app, unknownId);
    const guesses = [right, otherThan(right), right, otherThan(right, 2), right];
    for (const [turn, code] of guesses.entries()) {
      const { body } = await check(unknownId, code).expect(422);
      expect(body).toMatchObject({ code: 'CODE_MISMATCH', attemptsRemaining: 4 - turn });
    }
    const late = await check(unknownId, right).expect(410);
    expect(late.body.code).toBe('VERIFICATION_EXHAUSTED');
    await check(knownId, derivedCode(app, knownId)).expect(200);
  });

  it('is not sent on a resend either', async () => {
    const phone = newPhone();
    const verificationId = await journey.start(phone, 'reset_password');
    expect(await sentOf(app, verificationId)).toBe('sent');
    await app.api.post(`/v1/verifications/${verificationId}/resend`).send({}).expect(202);
    expect(await sentOf(app, verificationId)).toBe('sent');
    expect(gateways.taken(phone)).toEqual([]);
    await check(verificationId, derivedCode(app, verificationId)).expect(422);
  });

  it.each<[string, string, () => Promise<unknown>]>([
    ['unknown', 'never answer', () => gateways.of('tencent').fault({ kind: 'hang' })],
    [
      'failed',
      'all refuse',
      () => Promise.all(VENDORS.map((vendor) => gateways.of(vendor).fault(refusal(vendor, 'G')))),
    ],
  ])('has the status %s as well when the gateways %s', async (status, _, breakGateways) => {
    const known = await knownPhone();
    await breakGateways();
    const real = await journey.start(known, 'reset_password');
    expect(await sentOf(app, real)).toBe(status);
    const decoy = await journey.start(newPhone(), 'reset_password');
    expect(await sentOf(app, decoy)).toBe(status);
  });
});

/** Waits until the outbox has settled the newest message of a verification. */
function sentOf(app: RunningApp, verificationId: string): Promise<string> {
  return eventually('outcome', async () => {
    const { body } = await app.api.get(`/v1/verifications/${verificationId}`).expect(200);
    return body.status !== 'queued' && (body.status as string);
  });
}

function derivedCode({ cluster }: RunningApp, verificationId: string): string {
  return deriveCode(new Secrets(cluster.secretKey).key('code'), verificationId, 6);
}
