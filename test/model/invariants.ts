import { PhoneVault } from '../../src/common/phone-vault';
import { digestToken } from '../../src/common/secrets';
import type { State } from './state';
import type { World } from './world';

interface UserRow {
  readonly id: string;
  readonly phone: Buffer;
}

interface SessionRow {
  readonly id: string;
  readonly userId: string;
  readonly generation: number;
  readonly digest: Buffer;
}

/** Holds after every command: who has which number, and the one live chain of refresh tokens of each session. */
export async function expectInvariants(state: State, { any }: World): Promise<void> {
  const [users, sessions] = await Promise.all([
    any.dataSource.query<UserRow[]>(
      `SELECT id, phone_index AS phone FROM users WHERE status = 'active' ORDER BY id`,
    ),
    any.dataSource.query<SessionRow[]>(
      `SELECT id, user_id AS "userId", refresh_generation AS generation, refresh_digest AS digest
       FROM sessions WHERE revoked_at IS NULL ORDER BY id`,
    ),
  ]);
  const vault = any.app.get(PhoneVault, { strict: false });
  const numberOf = new Map(state.phones.map((phone) => [vault.index(phone as never).toString('hex'), phone]));
  expect(users.map(({ id, phone }) => ({ id, phone: numberOf.get(phone.toString('hex')) }))).toEqual(
    sorted(state.users.filter(({ phone }) => phone).map(({ id, phone }) => ({ id, phone }))),
  );
  expect(sessions.map(({ digest, ...row }) => ({ ...row, digest: digest.toString('hex') }))).toEqual(
    sorted(
      state.sessions
        .filter(({ isEnded }) => !isEnded)
        .map(({ id, user, generation, refreshTokens }) => ({
          id,
          userId: user.id,
          generation,
          digest: digestToken(refreshTokens[generation]).toString('hex'),
        })),
    ),
  );
}

function sorted<Row extends { id?: string }>(rows: Row[]): Row[] {
  return rows.sort((one, other) => (one.id! < other.id! ? -1 : 1));
}
