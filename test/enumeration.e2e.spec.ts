import { uuidv7 } from 'uuidv7';
import type { Response } from 'supertest';
import { PasswordHasher } from '../src/auth/passwords/password-hasher';
import { canonicalPhone } from '../src/common/phone';
import { PhoneVault } from '../src/common/phone-vault';
import { newPhone } from './support/journey';
import { median, sameSource } from './support/samples';
import { type RunningApp, startApp, WIDE } from './support/start-app';

const SAMPLES = 250;
const WARM_UP = 40;

/** Counted for every identifier by itself, as in production; none is met twice, so that no limit answers in its place. */
const LIMITED = { ...WIDE, PASSWORD_HOURLY_LIMIT: '10' };

/** What of an answer could tell one account from another: all but ids and times. */
function shapeOf({ status, body, headers }: Response): string {
  const volatile = ['x-request-id', 'date', 'content-length'];
  const { instance, requestId, verificationId, expiresAt, resendAvailableAt, ...said } = body as object &
    Record<string, unknown>;
  const hidden = [instance, requestId, verificationId, expiresAt, resendAvailableAt].map(
    (each) => typeof each,
  );
  const names = Object.keys(headers).filter((name) => !volatile.includes(name));
  return JSON.stringify([status, Object.keys(body as object).sort(), hidden, said, names.sort()]);
}

describe('nobody can tell by the time or the look of an answer whether somebody has an account', () => {
  let app: RunningApp;

  beforeAll(async () => {
    app = await startApp(LIMITED);
  });
  afterAll(() => app.stop());

  /** Accounts as registration leaves them, without what a thousand registrations would take. */
  async function accounts(count: number, withPassword: boolean): Promise<string[]> {
    const vault = app.app.get(PhoneVault, { strict: false });
    const hash = withPassword
      ? await app.app.get(PasswordHasher, { strict: false }).hash('correct horse')
      : null;
    const phones = Array.from({ length: count }, newPhone);
    const stored = phones.map((phone) => {
      const canonical = canonicalPhone(phone, ['CN']);
      if (!('phone' in canonical)) throw new Error(canonical.fault);
      return vault.store(canonical.phone);
    });
    await app.dataSource.query(
      `INSERT INTO users (id, phone_index, phone_ciphertext, password_hash)
       SELECT id, phone_index, phone_ciphertext, $4 FROM unnest($1::uuid[], $2::bytea[], $3::bytea[])
         AS given(id, phone_index, phone_ciphertext)`,
      [
        phones.map(() => uuidv7()),
        stored.map(({ index }) => index),
        stored.map((each) => each.ciphertext),
        hash,
      ],
    );
    return phones;
  }

  /**
   * What keeps this steady on a busy machine: known and unknown take turns, so that whatever else goes on slows both;
   * who comes first of each pair changes, too; requests come one at a time on one connection; the first ones, which
   * load and compile, are not counted; and a difference has to show in a second round, with other accounts.
   */
  async function compare(
    ask: (phone: string) => PromiseLike<Response>,
    knownOnes: () => Promise<string[]>,
  ): Promise<{ apartMs: number; p: number; shapes: Set<string> }> {
    const shapes = new Set<string>();
    const timeOf = async (phone: string) => {
      const startedAt = performance.now();
      const answer = await ask(phone);
      const took = performance.now() - startedAt;
      shapes.add(shapeOf(answer));
      return took;
    };
    const known = await knownOnes();
    const times = { known: [] as number[], unknown: [] as number[] };
    for (const [turn, phone] of known.entries()) {
      const pair = [
        ['known', phone],
        ['unknown', newPhone()],
      ] as const;
      for (const [whose, asked] of turn % 2 ? pair : [...pair].reverse()) {
        const took = await timeOf(asked);
        if (turn >= WARM_UP) times[whose].push(took);
      }
    }
    const apartMs = Math.abs(median(times.known) - median(times.unknown));
    return { apartMs, p: sameSource(times.known, times.unknown), shapes };
  }

  const start = (purpose: string) => (phone: string) =>
    app.api.post('/v1/verifications').send({ phone, purpose });
  const logIn = (phone: string) =>
    app.api.post('/v1/sessions').send({ grant: 'password', identifier: phone, password: 'wrong horse' });

  it.each([
    ['who asks for a code to log in', start('login'), true],
    ['who asks for a code to register', start('register'), true],
    ['who asks for a code to reset a password', start('reset_password'), true],
    ['who logs in by a wrong password', logIn, true],
    ['who logs in by a password where there is none', logIn, false],
  ])(
    'of one %s',
    async (_, ask, withPassword) => {
      const knownOnes = () => accounts(SAMPLES + WARM_UP, withPassword);
      const looksAlike = ({ apartMs, p }: { apartMs: number; p: number }) => apartMs < 5 && p > 0.01;
      let result = await compare(ask, knownOnes);
      if (!looksAlike(result)) result = await compare(ask, knownOnes);
      expect([...result.shapes]).toHaveLength(1);
      expect(result.apartMs).toBeLessThan(5);
      expect(result.p).toBeGreaterThan(0.01);
    },
    120_000,
  );
});
