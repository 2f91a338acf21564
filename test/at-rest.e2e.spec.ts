import { createHash, randomUUID } from 'node:crypto';
import { dumpOfDatabase, dumpOfRedis } from './support/dumps';
import { newPhone } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';
import { Steps } from './support/steps';

const PASSWORD = 'seven otters in a teapot';
const NEXT_PASSWORD = 'eight otters in a samovar';

/** Names under which public data and a code might be found by whoever tries all codes. */
const guessable = (phone: string, code: string, id: string) =>
  [
    code,
    phone + code,
    phone.slice(3) + code,
    `${phone}:${code}`,
    code + phone,
    id + code,
    `${id}:${code}`,
  ].flatMap((text) =>
    ['md5', 'sha1', 'sha256'].flatMap((name) => {
      const digest = createHash(name).update(text).digest();
      return [digest.toString('hex'), digest.toString('base64'), digest.toString('base64url')];
    }),
  );

describe('whoever gets a copy of both stores after a life with an account', () => {
  let app: RunningApp;
  let dump: string;
  const secrets: Record<string, string[]> = {};
  let guesses: string[];
  let openCode: string;

  beforeAll(async () => {
    app = await startApp(WIDE);
    const steps = new Steps(app);
    const phone = newPhone();
    const nextPhone = newPhone();
    const key = randomUUID();
    const registered = await app.api
      .post('/v1/users')
      .set('Idempotency-Key', key)
      .send({ ...(await steps.proven(phone, 'register')), password: PASSWORD, nickname: '小明' })
      .expect(201);
    const who = {
      phone,
      accessToken: registered.body.accessToken,
      refreshToken: registered.body.refreshToken,
      sessionId: registered.body.sessionId,
      userId: registered.body.user.id,
    };
    const refreshed = await steps.refresh(who).expect(200);
    const other = await steps.logIn(phone);
    await app.api
      .post('/v1/sessions')
      .send({ grant: 'password', identifier: phone, password: 'not this one' })
      .expect(401);
    await steps.elevated(who);
    const ticket = await steps.ticket(nextPhone, 'change_phone', who);
    await steps.put(who, 'phone', { ticket }).expect(204);
    await steps.put(who, 'password', { currentPassword: PASSWORD, newPassword: NEXT_PASSWORD }).expect(204);
    const registration = await app.api.post('/v1/registrations').send({ phone: newPhone() }).expect(202);
    const open = await steps.proven(nextPhone);
    openCode = open.code;
    guesses = guessable(nextPhone, open.code, open.verificationId);
    secrets.phones = [phone, nextPhone].flatMap((each) => [each.slice(1), each.slice(3)]);
    secrets.passwords = [PASSWORD, NEXT_PASSWORD, 'not this one'];
    secrets.tokens = [
      ...[who, other, refreshed.body].flatMap((each) => [each.accessToken, each.refreshToken]),
      registration.body.registrationToken,
      ticket,
      key,
    ];
    dump = [await dumpOfDatabase(app), await dumpOfRedis(app)].join('\n');
  });
  afterAll(() => app.stop());

  it('has what was dumped', () => {
    for (const table of ['users', 'sessions', 'sms_messages', 'spent_verifications', 'audit_events'])
      expect(dump).toContain(`\n${table} (`);
    expect(dump).toContain('小明');
  });

  it.each(['phones', 'passwords', 'tokens'])('finds no %s, readable or in another spelling', (what) => {
    for (const secret of secrets[what]) {
      const bytes = Buffer.from(secret);
      for (const spelling of [secret, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, '')])
        expect(dump).not.toContain(spelling);
    }
  });

  it('finds no token that was the secret part of another', () => {
    for (const token of secrets.tokens.filter((each) => each.startsWith('gc'))) {
      const secret = token.slice(4);
      expect(dump).not.toContain(secret);
      expect(dump).not.toContain(Buffer.from(secret, 'base64url').subarray(-32).toString('hex'));
    }
  });

  it('finds no open code, nor what trying all codes would find', () => {
    expect(dump.split(/[^0-9a-zA-Z]+/)).not.toContain(openCode);
    for (const guess of guesses) expect(dump).not.toContain(guess);
  });

  it('finds no key that signs tokens', () => {
    expect(dump).not.toMatch(/"d":"|PRIVATE KEY/);
  });
});
