import { createRequire } from 'node:module';
import { fill, fillerOf, settle } from './filling.mjs';

const require = createRequire(import.meta.url);
/** Well within the 90 days after which messages are forgotten. */
const DAYS = 25;

/**
 * Old messages, each to a number of its own: most were delivered, and three codes of four were typed. Ids are in the order
 * of time, as the service makes them. $1 and $2 first and last of the batch, $3 how many there will be.
 */
const OLD = `
  SELECT n, at, phone_index, hash, (moment || '7' || substr(hash, 1, 3) || '8' || substr(hash, 4, 15))::uuid AS id,
    (moment || '7' || substr(hash, 19, 3) || '9' || substr(hash, 22, 11) || substr(hash, 1, 4))::uuid AS reference,
    CASE WHEN n % 100 < 91 THEN 'delivered' WHEN n % 100 < 96 THEN 'accepted' WHEN n % 100 < 99 THEN 'undelivered'
      ELSE 'refused' END AS state,
    CASE WHEN n % 3 = 0 THEN 'luosimao' ELSE 'tencent' END AS provider, n % 100 < 75 AS typed
  FROM (
    SELECT n, at, md5('message ' || n) AS hash, sha256(('phone ' || n)::bytea) AS phone_index,
      lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS moment
    FROM (SELECT n, now() - interval '2 hours' - interval '${DAYS} days' * ($3::int - n) / $3::int AS at
          FROM generate_series($1::int, $2::int) n) each) message`;

/** $4 a number, sealed. */
const INSERT_ALL = `
  WITH old AS MATERIALIZED (${OLD}),
  messages AS (
    INSERT INTO sms_messages (id, source, reference, purpose, channel, locale, phone_index, phone_ciphertext, state,
      provider, provider_message_id, refusal, fence, send_before, created_at, settled_at, segment_index, admission,
      request_id, approved_at)
    SELECT id, 'verification', reference, 'login', 'sms', 'zh', phone_index, $4::bytea, state, provider,
      CASE WHEN state <> 'refused' THEN '2045:' || n || 'F' END, CASE WHEN state = 'refused' THEN 'C' END, 1,
      at + interval '4 minutes', at, at + interval '250 milliseconds', sha256(('segment ' || n % 40000)::bytea),
      jsonb_build_object('at', (extract(epoch FROM at) * 1000)::bigint, 'hour', 0, 'day', 0, 'unverified', n % 7,
        'verified', 0, 'captcha', 'risk', 'captchaPassed', false),
      reference::text, CASE WHEN typed THEN at + interval '20 seconds' END
    FROM old),
  attempts AS (
    INSERT INTO sms_attempts (message_id, number, provider, outcome, refusal, vendor_code, vendor_request_id,
      provider_message_id, segments, started_at, finished_at, route, cost)
    SELECT id, 1, provider, CASE WHEN state = 'refused' THEN 'refused' ELSE 'accepted' END,
      CASE WHEN state = 'refused' THEN 'C' END, CASE WHEN state = 'refused' THEN '-40' ELSE 'Ok' END, reference::text,
      CASE WHEN state <> 'refused' THEN '2045:' || n || 'F' END, 1, at + interval '10 milliseconds',
      at + interval '240 milliseconds', 'first in order', 5
    FROM old),
  receipts AS (
    INSERT INTO sms_receipts (id, digest, provider, provider_message_id, message_id, phone_index, status, vendor_code,
      segments, reported_at, received_at, applied_at)
    SELECT gen_random_uuid(), sha256(('receipt ' || n)::bytea), provider, '2045:' || n || 'F', id, phone_index, state,
      CASE state WHEN 'delivered' THEN 'DELIVRD' ELSE 'UNDELIV' END, 1, at + interval '3 seconds',
      at + interval '5 seconds', at + interval '5 seconds'
    FROM old WHERE state IN ('delivered', 'undelivered'))
  INSERT INTO spent_verifications (verification_id, purpose, phone_index, phone_ciphertext, spent_at)
  SELECT reference, 'login', phone_index, $4::bytea, at + interval '20 seconds' FROM old WHERE typed`;

const TABLES = ['sms_messages', 'sms_attempts', 'sms_receipts', 'spent_verifications'];

/** The message tables as weeks of work leave them: settled messages with their attempts, receipts and spent codes. */
export class OldMessages {
  #client;
  #sealedPhone;
  #count;

  /** @param side an open service: it has made the tables */
  constructor({ stores, secretKey }, count, run) {
    const { PhoneVault } = require('../dist/src/common/phone-vault.js');
    const { Secrets } = require('../dist/src/common/secrets.js');
    this.#count = count;
    this.#sealedPhone = new PhoneVault(new Secrets(secretKey)).store('+8613800138000').ciphertext;
    this.#client = fillerOf(stores, run);
  }

  /** @param progress told how many there are so far */
  async write(progress) {
    await fill(this.#client, this.#count, progress, (first, last) => [
      INSERT_ALL,
      [first, last, this.#count, this.#sealedPhone],
    ]);
    await settle(this.#client, TABLES);
  }

  /** @throws {Error} when some are gone: then it was not they that were measured */
  async mustBeThere() {
    const { rows } = await this.#client.query(
      `SELECT count(*)::int AS count FROM sms_messages WHERE created_at < now() - interval '1 hour'`,
    );
    const [{ count }] = rows;
    if (count !== this.#count)
      throw new Error(`Of ${this.#count} old messages ${count} are there at the end`);
  }
}
