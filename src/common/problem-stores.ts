import { types } from 'node:util';

// What "the store is not there" looks like in pg, TypeORM and ioredis. None of them has an error class for it.

const SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
]);

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const SQL_STATES = [
  /^08/, // connection exception
  /^53/, // insufficient resources: too many connections, disk full
  /^57P0/, // admin shutdown, crash shutdown, cannot connect now
  /^57014$/, // cancelled: our statement time-out
  /^25006$/, // read-only: we are still talking to a server that was demoted
  /^40001$/, // serialization failure
  /^40P01$/, // deadlock
  /^55P03$/, // lock time-out
];

const DATABASE_MESSAGES = [
  /^Connection terminated/,
  /^timeout exceeded when trying to connect/,
  /^timeout expired$/,
  /^Query read timeout/,
  /^Client has encountered a connection error/,
  /^Client was closed/,
  /^Cannot use a pool after calling end/,
  /^(Connection|DataSource) .* is not (established|initialized|set)/,
];

const REDIS_MESSAGES = [
  /^Connection is closed/,
  /^Command timed out/,
  /^Command aborted due to connection close/,
  /^Socket timeout\. /,
  /enableOfflineQueue options is false/,
  /^Reached the max retries per request limit/,
  /^(None of startup nodes is available|Failed to refresh slots cache|Cluster is disconnect|Node is disconnected)/,
  /^Too many Cluster redirections/,
  /^All sentinels are unreachable/,
  // Error replies of a server that is there but can't serve: starting, demoted, full, without a quorum, busy.
  /^(LOADING|READONLY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|OOM|MISCONF|NOREPLICAS|NOAUTH|WRONGPASS|BUSY) /,
];

/**
 * Whether an error says that PostgreSQL or Redis can't serve now, so that the same request may succeed later.
 * Looks through wrappers (`cause`, TypeORM's `driverError`, `AggregateError`).
 */
export function isStoreUnavailable(error: unknown, depth = 0): boolean {
  // Not instanceof: errors of Node's core come from another realm where the code runs in a VM, as in Jest.
  if (!types.isNativeError(error) || depth > 5) return false;
  const { code, message, cause } = error as Error & { code?: unknown; cause?: unknown };
  const { driverError, errors } = error as { driverError?: unknown; errors?: unknown };
  if (typeof code === 'string' && (SYSTEM_CODES.has(code) || SQL_STATES.some((state) => state.test(code)))) {
    return true;
  }
  if ([...DATABASE_MESSAGES, ...REDIS_MESSAGES].some((pattern) => pattern.test(message))) return true;
  const inner = [cause, driverError, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  return inner.some((each) => each !== error && isStoreUnavailable(each, depth + 1));
}
