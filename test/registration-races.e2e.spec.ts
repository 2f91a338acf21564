import type { Response } from 'supertest';
import { newPhone } from './support/journey';
import { Registering } from './support/registrations';
import { type RunningApp, startApp, WIDE } from './support/start-app';

// `RACE_ROUNDS=200 npx jest test/registration-races` takes about three minutes; the ordinary suite runs a few rounds.
const ROUNDS = Number(process.env.RACE_ROUNDS ?? 5);
const AT_ONCE = 20;

jest.setTimeout(60_000 + ROUNDS * 5_000);

describe(`of ${AT_ONCE} registrations at once, half of them in steps, on two instances`, () => {
  let app: RunningApp;
  let other: RunningApp;

  beforeAll(async () => {
    // Passwords would only take time: hashes are computed a few at a time.
    const environment = { ...WIDE, REGISTRATION_STEPS: 'phone', LOG_LEVEL: 'fatal' };
    app = await startApp(environment);
    other = await startApp(environment, app.cluster);
  });
  afterAll(async () => {
    await other.stop();
    await app.stop();
  });

  const usersWith = async (condition: string, value: unknown): Promise<number> => {
    const counted = 'SELECT count(*) FROM users WHERE ';
    const [{ count }] = await app.dataSource.query<{ count: string }[]>(counted + condition, [value]);
    return Number(count);
  };
  const instance = (turn: number) => (turn % 2 ? app : other);

  /** Both ways to an account, each ready but for its last call. */
  async function prepare(turn: number, phone: string, account: object): Promise<() => PromiseLike<Response>> {
    if (turn % 4 < 2) {
      const { registrationId: verificationId, code } = await Registering.start(instance(turn), phone);
      const proof = { verificationId, code };
      return () =>
        instance(turn)
          .api.post('/v1/users')
          .send({ ...proof, ...account });
    }
    const registering = await Registering.proven(instance(turn), phone);
    if (Object.keys(account).length > 0)
      await registering.put('profile', { nickname: 'Li Lei', ...account }).expect(200);
    return () => registering.complete();
  }

  async function race(phoneOf: (turn: number) => string, accountOf: (turn: number) => object) {
    const calls = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, turn) => prepare(turn, phoneOf(turn), accountOf(turn))),
    );
    const answers = await Promise.all(calls.map((call) => call()));
    const outcomes = answers.map(({ status, body }) => `${status} ${(body as { code?: string }).code ?? ''}`);
    return outcomes.sort();
  }

  const oneWins = (loss: string) => ['201 ', ...Array<string>(AT_ONCE - 1).fill(loss)];

  it(`with one number, one makes an account (${ROUNDS} rounds)`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = await usersWith('$1', true);
      const phone = newPhone();
      const outcomes = await race(
        () => phone,
        () => ({}),
      );
      expect({ round, outcomes }).toEqual({ round, outcomes: oneWins('409 PHONE_TAKEN') });
      expect(await usersWith('$1', true)).toBe(before + 1);
    }
  });

  it(`with one user name in many looks, one makes an account (${ROUNDS} rounds)`, async () => {
    const looks = (name: string) => [
      name,
      name.toUpperCase(),
      name.replace('l', '1'),
      name.replace('m', 'rn'),
    ];
    for (let round = 0; round < ROUNDS; round += 1) {
      const names = looks(`clamp_${round}x`);
      const outcomes = await race(newPhone, (turn) => ({ username: names[turn % names.length] }));
      expect({ round, outcomes }).toEqual({ round, outcomes: oneWins('409 USERNAME_TAKEN') });
      expect(
        await usersWith(
          `lower(username) = ANY($1)`,
          names.map((name) => name.toLowerCase()),
        ),
      ).toBe(1);
    }
  });
});
