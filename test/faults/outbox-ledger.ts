import { Client } from 'pg';
import type { PhoneVault } from '../../src/common/phone-vault';
import type { AttemptEntry, MessageEntry } from './ledger';

/** Reads what the database wrote down. */
export class OutboxLedger {
  constructor(
    private readonly databaseUrl: string,
    private readonly vault: PhoneVault,
  ) {}

  async openMessages(): Promise<number> {
    const [{ open }] = await this.query<{ open: number }>(
      'SELECT count(*)::int AS open FROM sms_messages WHERE settled_at IS NULL',
    );
    return open;
  }

  async messages(): Promise<MessageEntry[]> {
    const rows = await this.query<Omit<MessageEntry, 'phone'> & { phone: Buffer }>(
      `SELECT id, reference AS "verificationId", phone_ciphertext AS phone, state, refusal,
         rerouted_from AS "reroutedFrom",
         coalesce((admission->>'at')::float8, extract(epoch FROM created_at)::float8 * 1000) AS "admittedAt",
         extract(epoch FROM created_at)::float8 * 1000 AS "createdAt"
       FROM sms_messages ORDER BY created_at`,
    );
    return rows.map((row) => ({ ...row, phone: this.vault.read(row.phone) }));
  }

  attempts(): Promise<AttemptEntry[]> {
    return this.query(
      `SELECT message_id AS "messageId", provider, outcome, vendor_code AS "vendorCode"
       FROM sms_attempts ORDER BY message_id, number`,
    );
  }

  private async query<Row extends object>(sql: string): Promise<Row[]> {
    const client = new Client({ connectionString: this.databaseUrl });
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  }
}
