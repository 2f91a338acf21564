import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { KeysService } from '../../src/auth/keys/keys.service';
import { loadLua, LuaScript } from '../../src/redis/lua-script';
import type { RunningApp } from '../support/start-app';

// The clocks of the stores decide on all limits, and can't be set. So nothing is waited for, but everything that was
// written becomes older.

/** Signing keys stay young: that they are replaced in time is another story. Messages have left already. */
const TABLES = ['users', 'sessions', 'spent_verifications', 'consents'];

/** Makes whatever the stores keep of accounts older. */
export async function ageStores(app: RunningApp, seconds: number): Promise<void> {
  await agePostgres(app, seconds);
  await ageRedis(app, seconds);
}

async function agePostgres({ dataSource }: RunningApp, seconds: number): Promise<void> {
  const columns: { table_name: string; column_name: string }[] = await dataSource.query(
    `SELECT table_name, column_name FROM information_schema.columns
     WHERE table_schema = 'public' AND data_type = 'timestamp with time zone' AND table_name = ANY($1)`,
    [TABLES],
  );
  for (const table of TABLES) {
    const older = columns
      .filter(({ table_name }) => table_name === table)
      .map(({ column_name: name }) => `${name} = ${name} - $1::float8 * interval '1 second'`);
    await dataSource.query(`UPDATE ${table} SET ${older.join(', ')}`, [seconds]);
  }
}

async function ageRedis({ redis }: RunningApp, seconds: number): Promise<void> {
  const script = new LuaScript(redis, 'test-age', loadLua(__dirname, 'age.lua'));
  for (const key of await redis.client.keys(`${redis.prefix}*`)) await script.run([key], [seconds * 1_000]);
}

/** The same access token, issued that much earlier. */
export async function agedToken({ app }: RunningApp, token: string, seconds: number): Promise<string> {
  const { iat, exp, auth_time, ...claims } = decodeJwt(token);
  const { kid, privateKey } = await app.get(KeysService, { strict: false }).current();
  const { alg, typ, kid: signedBy } = decodeProtectedHeader(token);
  if (signedBy !== kid) throw new Error('The token was signed with another key');
  return new SignJWT({ ...claims, auth_time: (auth_time as number) - seconds })
    .setProtectedHeader({ alg: alg!, typ, kid })
    .setIssuedAt(iat! - seconds)
    .setExpirationTime(exp! - seconds)
    .sign(privateKey);
}
