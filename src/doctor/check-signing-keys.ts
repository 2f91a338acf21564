import type { Client } from 'pg';
import { signingKeyContext } from '../auth/keys/key-store';
import { Secrets } from '../common/secrets';
import { fail, type Finding, ok } from './finding';

interface Row {
  readonly kid: string;
  readonly wrapped: Buffer;
}

/**
 * Whether `SECRET_KEY` is the one this database was sealed with: the newest signing key tells.
 * @param secretKey 32 bytes, base64
 */
export async function checkSigningKeys(client: Client, secretKey: string): Promise<Finding> {
  const newest = await newestKey(client);
  if (!newest) return ok('signing keys', 'none yet: the first start makes one');
  try {
    const secrets = new Secrets(Buffer.from(secretKey, 'base64'));
    secrets.open('key-wrapping', newest.wrapped, signingKeyContext(newest.kid));
    return ok('signing keys', 'SECRET_KEY opens them');
  } catch {
    const remedy = 'Set the SECRET_KEY that this database was made with, or name another database';
    return fail('signing keys', 'SECRET_KEY does not open them', remedy);
  }
}

async function newestKey(client: Client): Promise<Row | undefined> {
  const { rows: tables } = await client.query("SELECT 1 WHERE to_regclass('signing_keys') IS NOT NULL");
  if (tables.length === 0) return undefined;
  const { rows } = await client.query<Row>(
    'SELECT kid, private_wrapped AS wrapped FROM signing_keys WHERE retired_at IS NULL ORDER BY created_at DESC LIMIT 1',
  );
  return rows[0];
}
