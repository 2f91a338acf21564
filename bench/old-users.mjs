import { createRequire } from 'node:module';
import { fill, fillerOf, settle } from './filling.mjs';
import { newPhones } from './newcomers.mjs';

const require = createRequire(import.meta.url);
/** How many have numbers that somebody knows: they are who logs in, and are spread evenly over all. */
const MOST_KNOWN = 20_000;

/**
 * Users of two years, each with the session they opened last and the proof it was bought with. $1 and $2 first and last
 * of the batch, $3 how many there will be, $4 to $6 the known ones: which they are, and their numbers as they are stored.
 */
const INSERT_USERS = `
  WITH old AS MATERIALIZED (
    SELECT n, at, hash, (moment || '7' || substr(hash, 1, 3) || '8' || substr(hash, 4, 15))::uuid AS id,
      (moment || '7' || substr(hash, 19, 3) || '9' || substr(hash, 22, 11) || substr(hash, 1, 4))::uuid AS other,
      coalesce(known.phone_index, sha256(('phone ' || n)::bytea)) AS phone_index,
      coalesce(known.phone_ciphertext,
        substr(sha256(('one ' || n)::bytea) || sha256(('other ' || n)::bytea), 1, 42)) AS phone_ciphertext
    FROM (
      SELECT n, at, md5('user ' || n) AS hash,
        lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS moment
      FROM (SELECT n, now() - interval '2 hours' - interval '700 days' * ($3::int - n) / $3::int AS at
            FROM generate_series($1::int, $2::int) n) each) "user"
    LEFT JOIN unnest($4::int[], $5::bytea[], $6::bytea[]) AS known(n, phone_index, phone_ciphertext) USING (n)),
  made AS (
    INSERT INTO users (id, phone_index, phone_ciphertext, username, username_key, username_skeleton, email, email_key,
      nickname, password_hash, created_at, updated_at)
    SELECT id, phone_index, phone_ciphertext, name, name, translate(name, '01', 'ol'), email, email,
      CASE WHEN n % 2 = 0 THEN 'Nickname ' || n END,
      CASE WHEN n % 5 < 2 THEN '$argon2id$v=19$m=19456,t=2,p=1$' || substr(hash, 1, 22) || '$' ||
        substr(hash || md5(hash), 1, 43) END,
      at, at
    FROM (SELECT *, CASE WHEN n % 3 = 0 THEN 'user' || n END AS name,
                 CASE WHEN n % 4 = 0 THEN 'user' || n || '@example.com' END AS email FROM old) named),
  opened AS (
    INSERT INTO sessions (id, user_id, amr, refresh_digest, device, ip_prefix, created_at, last_used_at,
      idle_expires_at, absolute_expires_at)
    SELECT other, id, '{sms}', sha256(('token ' || n)::bytea), 'Mozilla/5.0 (Linux; Android 14) Mobile Safari/537.36',
      '10.' || n % 256 || '.' || n / 256 % 256 || '.0/24', at, at, now() + interval '20 days', now() + interval '60 days'
    FROM old)
  INSERT INTO spent_verifications (verification_id, purpose, phone_index, phone_ciphertext, spent_at)
  SELECT other, 'login', phone_index, phone_ciphertext, now() - interval '25 days' * ($3::int - n) / $3::int FROM old`;

/** Fills an open service that has no users with some, as years of work leave them. */
export class OldUsers {
  #client;
  #vault;
  #count;

  constructor({ stores, secretKey }, count, run) {
    const { PhoneVault } = require('../dist/src/common/phone-vault.js');
    const { Secrets } = require('../dist/src/common/secrets.js');
    this.#vault = new PhoneVault(new Secrets(secretKey));
    this.#client = fillerOf(stores, run);
    this.#count = count;
  }

  /**
   * @param progress told how many there are so far
   * @returns the numbers of those who can log in
   */
  async write(progress) {
    const phones = newPhones(Math.min(this.#count, MOST_KNOWN));
    const known = phones.map((phone, index) => ({
      n: Math.floor((index * this.#count) / phones.length) + 1,
      ...this.#vault.store(phone),
    }));
    await fill(this.#client, this.#count, progress, (first, last) => {
      const here = known.filter(({ n }) => n >= first && n <= last);
      const columns = ['n', 'index', 'ciphertext'].map((name) => here.map((each) => each[name]));
      return [INSERT_USERS, [first, last, this.#count, ...columns]];
    });
    await settle(this.#client, ['users', 'sessions', 'spent_verifications']);
    const { rows } = await this.#client.query('SELECT count(*)::int AS count FROM users');
    if (rows[0].count !== this.#count) throw new Error(`Of ${this.#count} users ${rows[0].count} are there`);
    return phones;
  }
}
