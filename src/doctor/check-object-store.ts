import { randomBytes } from 'node:crypto';
import { redactText } from '../common/redaction';
import { Secrets } from '../common/secrets';
import { type Env, storageProvider } from '../env';
import { createStores } from '../storage.factory';
import type { StorageCheck } from '../storage/object-storage.interface';
import { closeStores, openStores } from '../storage/open-stores';
import { checkStoreFolder } from './check-store-folder';
import { fail, type Finding, ok } from './finding';
import { shakeHands } from './handshake';
import { askForSkew, judgeStoreClock } from './store-clock';
import { type StoreHost, storeHosts } from './store-hosts';
import { CALL_MS, within } from './time-limit';

/** A look over a bucket makes up to three calls, one after the other. */
const CHECKUP_MS = 2 * CALL_MS + 1_000;

/**
 * Where files of users go: there, on time, with room. Writes nothing.
 * @param live asks the store about the bucket, with the credentials
 */
export async function checkObjectStore(env: Env, live: boolean): Promise<Finding[]> {
  const provider = storageProvider(env);
  if (provider === undefined) return [ok('storage', 'STORAGE_PROVIDER is not set: no uploads are taken')];
  const found = provider === 'local' ? await checkStoreFolder(env) : await checkRemote(provider, env, live);
  return [...found, ok('storage', 'nothing was stored: npm run storage:check tries it all out')];
}

async function checkRemote(provider: 's3' | 'qiniu', env: Env, live: boolean): Promise<Finding[]> {
  const hosts = storeHosts(provider, env);
  const reached = await Promise.all(hosts.map(knock));
  const clock = await checkClock(provider, hosts[0]);
  if (reached.some(({ verdict }) => verdict === 'fail')) return reached;
  if (!live) return [...reached, ...clock, credentials(provider, env)];
  const checks = await checkup(provider, env);
  const hasClock = checks.some(({ subject }) => subject === `${provider} clock`);
  return [...reached, ...(hasClock ? [] : clock), ...checks];
}

async function knock({ subject, origin, remedy }: StoreHost): Promise<Finding> {
  const fault = await shakeHands(origin, CALL_MS);
  const { host } = new URL(origin);
  if (fault === undefined) return ok(subject, `${host} can be reached`);
  const detail = `${host} cannot be reached (${fault})`;
  return fail(subject, detail, `Let this machine open connections to ${host}, and check ${remedy}`);
}

/** What does not tell the time is a store all the same. */
async function checkClock(provider: string, { origin }: StoreHost): Promise<Finding[]> {
  const aheadMs = await askForSkew(origin, CALL_MS);
  return aheadMs === undefined ? [] : [judgeStoreClock(`${provider} clock`, aheadMs)];
}

function credentials(provider: 's3' | 'qiniu', env: Env): Finding {
  const isSet = provider === 'qiniu' || env.S3_ACCESS_KEY_ID !== undefined;
  const what = isSet ? 'set' : 'none: the role of this machine is used';
  return ok(`${provider} credentials`, `${what}; --live asks the store whether they are right`);
}

async function checkup(provider: string, env: Env): Promise<Finding[]> {
  // Only the local disk, which is not looked at by this, signs with our own secrets.
  const stores = await openStores(createStores(env, { secrets: new Secrets(randomBytes(32)) })!);
  const subject = `${provider} bucket`;
  const stuck = (): StorageCheck[] => [
    {
      verdict: 'fail',
      subject: 'bucket',
      detail: 'no answer in time',
      remedy: 'Try again; then ask the vendor',
    },
  ];
  try {
    const [store] = stores.values();
    const checks = await within(CHECKUP_MS, store.checkup?.() ?? Promise.resolve([]), stuck);
    return checks.map((check) => ({ ...check, subject: `${provider} ${check.subject}` }));
  } catch (error) {
    return [fail(subject, redactText((error as Error).message), 'Report this: it is a fault of Gatecode')];
  } finally {
    void closeStores(stores);
  }
}
