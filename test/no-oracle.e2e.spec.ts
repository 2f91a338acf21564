import type { Response } from 'supertest';
import { Journey, newPhone, otherThan } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

/** What of an answer could tell one account from another: all but ids and times. */
function shapeOf({ status, body, headers }: Response) {
  const volatile = ['x-request-id', 'date', 'content-length'];
  return {
    status,
    keys: Object.keys(body as object).sort(),
    code: body.code,
    headers: Object.keys(headers)
      .filter((name) => !volatile.includes(name))
      .sort(),
  };
}

describe('before possession is proven, a known and an unknown account look the same', () => {
  let app: RunningApp;
  let journey: Journey;
  let known: string;

  beforeAll(async () => {
    app = await startApp(WIDE);
    journey = new Journey(app);
    known = (await journey.register(newPhone(), { username: 'known_user', password: 'correct horse' })).phone;
  });
  afterAll(() => app.stop());

  const both = async (ask: (phone: string) => PromiseLike<Response>) =>
    [shapeOf(await ask(known)), shapeOf(await ask(newPhone()))] as const;

  it.each(['login', 'register', 'reset_password'])('when a code is asked for: %s', async (purpose) => {
    const [one, other] = await both((phone) => app.api.post('/v1/verifications').send({ phone, purpose }));
    expect(one.status).toBe(202);
    expect(one).toEqual(other);
  });

  it('when the code of a password reset is followed and guessed, though nothing is sent to a stranger', async () => {
    const stranger = newPhone();
    const ids = [
      await journey.start(known, 'reset_password'),
      await journey.start(stranger, 'reset_password'),
    ];
    const statuses = await Promise.all(ids.map((id) => journey.sent(id)));
    expect(statuses).toEqual(['sent', 'sent']);
    const code = await journey.code(known);
    for (const step of [1, 2, 3, 4, 5, 6]) {
      const [one, other] = await Promise.all(
        ids.map((id) => app.api.post(`/v1/verifications/${id}/check`).send({ code: otherThan(code, step) })),
      );
      expect(shapeOf(one)).toEqual(shapeOf(other));
      expect(one.body.attemptsRemaining).toEqual(other.body.attemptsRemaining);
    }
    expect((await app.api.get('/dev/messages').query({ to: stranger })).body.items).toEqual([]);
  });

  it('when a password is wrong: known, unknown, without a password, and nonsense', async () => {
    const withoutPassword = (await journey.register()).phone;
    const answers = [];
    for (const identifier of [
      'known_user',
      'unknown_user',
      known,
      newPhone(),
      withoutPassword,
      'x@example.com',
      '?',
    ]) {
      answers.push(
        await app.api.post('/v1/sessions').send({ grant: 'password', identifier, password: 'wrong horse' }),
      );
    }
    expect(answers[0].body).toMatchObject({ status: 401, code: 'LOGIN_FAILED' });
    expect(new Set(answers.map((answer) => JSON.stringify(shapeOf(answer)))).size).toBe(1);
  });

  it('and every spelling of an identifier is counted as one', async () => {
    const { phone } = await journey.register(newPhone(), { password: 'correct horse' });
    const digits = phone.slice(3);
    const strict = await startApp({ ...WIDE, PASSWORD_HOURLY_LIMIT: '3' }, app.cluster);
    const logIn = (identifier: string, password: string) =>
      strict.api.post('/v1/sessions').send({ grant: 'password', identifier, password });
    for (const spelling of [phone, digits, `0086${digits}`]) await logIn(spelling, 'wrong horse').expect(401);
    for (const spelling of [`86${digits}`, `${digits.slice(0, 3)}-${digits.slice(3)}`, phone]) {
      await logIn(spelling, 'correct horse').expect(429);
    }
    await strict.stop();
  });

  it('and the answer to a wrong password holds under its limit for both alike', async () => {
    const strict = await startApp({ ...WIDE, PASSWORD_HOURLY_LIMIT: '3' }, app.cluster);
    for (const identifier of ['known_user', 'nobody_here']) {
      const statuses = [];
      for (let turn = 0; turn < 4; turn += 1) {
        const answer = await strict.api.post('/v1/sessions').send({
          grant: 'password',
          identifier: turn % 2 ? identifier.toUpperCase() : identifier,
          password: 'wrong horse',
        });
        statuses.push([answer.status, answer.body.code]);
      }
      expect(statuses).toEqual([
        ...Array.from({ length: 3 }, () => [401, 'LOGIN_FAILED']),
        [429, 'PASSWORD_HOURLY_LIMIT'],
      ]);
    }
    await strict.stop();
  });
});
