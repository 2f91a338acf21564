import pg from 'pg';

/** Rows of one statement. */
const BATCH = 50_000;

/** A connection that {@link fill} opens. */
export function fillerOf({ databaseUrl }, { undoing }) {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  undoing.push(() => client.end());
  return client;
}

/**
 * Writes rows that no service could write as fast.
 * @param progress told how many there are so far
 * @param statement `[text, values]` that writes those from the first to the last, counted from 1
 */
export async function fill(client, count, progress, statement) {
  await client.connect();
  // Nobody needs these rows after a crash.
  await client.query('SET synchronous_commit = off');
  for (let first = 1; first <= count; first += BATCH) {
    const last = Math.min(first + BATCH - 1, count);
    await client.query(...statement(first, last));
    progress(last);
  }
}

/** What the server would else do by itself while it is measured. */
export async function settle(client, tables) {
  await client.query(`VACUUM (ANALYZE) ${tables.join(', ')}`);
  await client.query('CHECKPOINT');
}

/** Says it a few times in all. */
export function progress(what, all, { say }) {
  let next = all / 4;
  return (count) => {
    if (count < next) return;
    next += all / 4;
    say(`${grouped(count)} of ${grouped(all)} ${what}`);
  };
}

const grouped = (number) => number.toLocaleString('en').replaceAll(',', ' ');
