import { type EventMap, Events } from '../src/common/events';
import { Journey, newPhone } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

/** Consecutive numbers of one segment. */
const numbersOf = (segment: string, count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => `${segment}${String(from + i).padStart(4, '0')}`);
const newSegment = () => newPhone().slice(0, -4);
const start = (app: RunningApp, phone: string, more: object = {}) =>
  app.api.post('/v1/verifications').send({ phone, purpose: 'login', ...more });

function blockedEvents(app: RunningApp): EventMap['sms.blocked'][] {
  const events: EventMap['sms.blocked'][] = [];
  app.app.get(Events).on('sms.blocked', ({ data }) => events.push(data));
  return events;
}

describe('a segment of numbers', () => {
  let app: RunningApp;
  afterEach(() => app.stop());

  it('gets no more messages once too many were not verified; another one is unaffected (B5)', async () => {
    app = await startApp({ ...WIDE, SEGMENT_HOURLY_LIMIT: '10' });
    const events = blockedEvents(app);
    const segment = newSegment();
    const answers = await Promise.all(numbersOf(segment, 30).map((phone) => start(app, phone)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(10);
    const refused = answers.find(({ status }) => status !== 202)!;
    expect([refused.status, refused.body.code]).toEqual([429, 'SEGMENT_HOURLY_LIMIT']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3_500);
    await start(app, `${newSegment()}0000`).expect(202);
    expect(events).toEqual([
      {
        kind: 'segment',
        effect: 'block',
        subject: `${segment.replace('+86', '')}****`,
        sends: 10,
        verified: 0,
      },
    ]);
  });

  it('has more room the more of its codes are typed in', async () => {
    app = await startApp({ ...WIDE, SEGMENT_HOURLY_LIMIT: '3' });
    const journey = new Journey(app);
    const segment = newSegment();
    for (const phone of numbersOf(segment, 6)) {
      const { verificationId, code } = await journey.proven(phone);
      await app.api.post(`/v1/verifications/${verificationId}/check`).send({ code }).expect(200);
    }
    // Six verified ones: three, and six more, may stay open.
    const answers = await Promise.all(numbersOf(segment, 12, 100).map((phone) => start(app, phone)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(9);
  });

  it('is said to have so many verified sends only where they were counted: the story of a message tells no untruth', async () => {
    app = await startApp({ ...WIDE, SEGMENT_HOURLY_LIMIT: '1' });
    const journey = new Journey(app);
    const [proven, first, second] = numbersOf(newSegment(), 3);
    const { verificationId, code } = await journey.proven(proven);
    await app.api.post(`/v1/verifications/${verificationId}/check`).send({ code }).expect(200);
    const admissionOf = async (phone: string) => {
      const { body } = await start(app, phone).expect(202);
      const found = 'SELECT admission FROM sms_messages WHERE reference = $1';
      return (await app.dataSource.query(found, [body.verificationId]))[0].admission;
    };
    // Below the limit nobody asks for them; at the limit they make room.
    const below = await admissionOf(first);
    expect(below).toMatchObject({ unverified: 0 });
    expect(below).not.toHaveProperty('verified');
    expect(await admissionOf(second)).toMatchObject({ unverified: 1, verified: 1 });
  });

  it('asks for a captcha instead, where it is told to', async () => {
    app = await startApp({
      ...WIDE,
      SEGMENT_HOURLY_LIMIT: '2',
      SEGMENT_EFFECT: 'challenge',
      CAPTCHA_MODE: 'risk',
      TRUSTED_PROXIES: '1',
    });
    const segment = newSegment();
    const [first, second, third, fourth] = numbersOf(segment, 4);
    const from = (address: string, phone: string, more: object = {}) =>
      start(app, phone, more).set('X-Forwarded-For', address);
    await from('198.51.100.1', first).expect(202);
    await from('198.51.100.2', second).expect(202);
    const { body } = await from('198.51.100.3', third).expect(422);
    expect(body.code).toBe('CAPTCHA_REQUIRED');
    const captcha = await app.api.post('/v1/captchas').send({ kind: 'image' }).expect(201);
    const { captchaId } = captcha.body;
    const { body: solution } = await app.api.get(`/dev/captchas/${captchaId}`).expect(200);
    await from('198.51.100.3', fourth, { captcha: { captchaId, answer: solution.answer } }).expect(202);
  });

  it('is only written down, where it is told to', async () => {
    app = await startApp({ ...WIDE, SEGMENT_HOURLY_LIMIT: '2', SEGMENT_EFFECT: 'record' });
    const events = blockedEvents(app);
    for (const phone of numbersOf(newSegment(), 5)) await start(app, phone).expect(202);
    expect(events.map(({ effect, sends }) => [effect, sends])).toEqual([['record', 2]]);
  });
});

describe('a network of addresses', () => {
  it('has a limit of its own, beside that of each address', async () => {
    const app = await startApp({
      ...WIDE,
      PREFIX_HOURLY_LIMIT: '5',
      IP_HOURLY_LIMIT: '2',
      TRUSTED_PROXIES: '1',
    });
    try {
      const from = (address: string) => start(app, newPhone()).set('X-Forwarded-For', address);
      const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => from(`203.0.113.${i + 1}`)));
      expect(answers.filter(({ status }) => status === 202)).toHaveLength(5);
      const refused = answers.find(({ status }) => status !== 202)!;
      expect([refused.status, refused.body.code]).toEqual([429, 'IP_HOURLY_LIMIT']);
      await from('198.51.100.1').expect(202);
      const sixes = await Promise.all(Array.from({ length: 7 }, (_, i) => from(`2001:db8:1:${i + 1}::1`)));
      expect(sixes.filter(({ status }) => status === 202)).toHaveLength(5);
    } finally {
      await app.stop();
    }
  });
});

describe('calls', () => {
  it('have a cool-down and a daily limit of their own, and the same code', async () => {
    const app = await startApp({
      ...WIDE,
      RESEND_COOLDOWN: '60',
      VOICE_COOLDOWN: '60',
      VOICE_DAILY_LIMIT: '1',
    });
    try {
      const journey = new Journey(app);
      const phone = newPhone();
      const { verificationId, code } = await journey.proven(phone);
      const resend = (channel: string) =>
        app.api.post(`/v1/verifications/${verificationId}/resend`).send({ channel });
      expect((await resend('sms').expect(429)).body.code).toBe('SEND_COOLDOWN');
      const called = await resend('voice').expect(202);
      expect(called.body.channel).toBe('voice');
      expect(await journey.code(phone)).toBe(code);
      const again = await resend('voice').expect(429);
      expect(again.body.code).toBe('VOICE_DAILY_LIMIT');
    } finally {
      await app.stop();
    }
  });
});
