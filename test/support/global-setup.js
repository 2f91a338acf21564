const { chmodSync, existsSync, mkdtempSync, readdirSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { loadTypescript } = require('./load-typescript');

const PREFIX = 'gatecode-test-';

/**
 * Starts the stores that have no URL in the environment, once for all workers, in a folder below the system's
 * temporary one. `GATECODE_TEST_STORES=none` leaves them out, for unit specs.
 */
module.exports = async function globalSetup() {
  if (process.env.GATECODE_TEST_STORES === 'none') return;
  loadTypescript();
  const needPostgres = !process.env.DATABASE_URL;
  const needRedis = !process.env.REDIS_URL;
  if (needPostgres || needRedis) await startStores(needPostgres, needRedis);
  await createTemplate();
};

async function startStores(needPostgres, needRedis) {
  const { discardAbandonedStores, startEmbeddedStores } = require('../../src/embedded/embedded-stores');
  await Promise.all(earlierFolders().map((folder) => discardAbandonedStores(folder).catch(() => undefined)));
  const dataDir = mkdtempSync(join(tmpdir(), PREFIX));
  chmodSync(dataDir, 0o711); // under root PostgreSQL runs as somebody else, who must get through
  const log = (message) => console.error(message);
  const stores = await startEmbeddedStores({ dataDir, needPostgres, needRedis, unsafeFast: true, log });
  globalThis.gatecodeTestStores = { stores, dataDir };
  if (needPostgres) process.env.DATABASE_URL = stores.databaseUrl;
  if (needRedis) process.env.REDIS_URL = stores.redisUrl;
}

/** A run that was killed could not clean up: its folder tells which servers were its own. */
function earlierFolders() {
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => join(tmpdir(), name));
}

/** Migrates one database, which the specs then copy. */
async function createTemplate() {
  if (!existsSync(join(__dirname, 'migrated-template.ts'))) return;
  await require('./migrated-template').createMigratedTemplate(process.env.DATABASE_URL);
}
