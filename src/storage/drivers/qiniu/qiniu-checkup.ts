import type { StorageCheck } from '../../object-storage.interface';
import { StorageError, type StorageFault } from '../../storage.error';
import type { QiniuObjects } from './qiniu-objects';
import type { RegionQuery } from './region-query';

export interface CheckedSettings {
  readonly bucket: string;
  readonly region?: string;
  readonly domain: string;
  readonly callbackUrl?: URL;
}

const TEST_DOMAIN = /\.(clouddn\.com|bkt\.clouddn\.com|qiniucdn\.com)$/;

/** Nothing ever lies there. */
const NOTHING = 'avatar/00/none';

/** What only Qiniu can tell of its settings. */
export async function checkQiniu(
  settings: CheckedSettings,
  query: RegionQuery,
  objects: QiniuObjects,
): Promise<StorageCheck[]> {
  const asked = await Promise.all([checkRegion(settings, query), checkBucket(settings, objects)]);
  return [...asked, checkDomain(settings), checkCallback(settings)];
}

/** Looks up what is not there: that the answer is no says that keys and bucket are right. */
async function checkBucket({ bucket }: CheckedSettings, objects: QiniuObjects): Promise<StorageCheck> {
  const subject = 'bucket';
  try {
    await objects.stat(NOTHING);
    return { subject, verdict: 'ok', detail: bucket };
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return { subject, verdict: 'fail', detail: error.message, remedy: remedyOf(error.fault) };
  }
}

function remedyOf(fault: StorageFault): string {
  if (fault === 'denied')
    return 'Check QINIU_ACCESS_KEY and QINIU_SECRET_KEY, and the clock of this machine.';
  if (fault === 'misconfigured') return 'Check QINIU_BUCKET, and QINIU_REGION or QINIU_RS_URL.';
  return 'Qiniu does not answer: check QINIU_REGION or QINIU_RS_URL, and the network.';
}

async function checkRegion({ region }: CheckedSettings, query: RegionQuery): Promise<StorageCheck> {
  const subject = 'region';
  try {
    const told = await query.region();
    if (region === undefined || region === told) {
      return { subject, verdict: 'ok', detail: `the bucket is in ${told}` };
    }
    const detail = `the bucket is in ${told}, and ${region} is configured`;
    return { subject, verdict: 'fail', detail, remedy: `Set QINIU_REGION to ${told}, or leave it out.` };
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const isOurs = error.fault !== 'unavailable';
    return {
      subject,
      verdict: isOurs ? 'fail' : 'warn',
      detail: error.message,
      remedy: isOurs
        ? 'Check QINIU_BUCKET and QINIU_ACCESS_KEY.'
        : 'Qiniu could not be asked for the region; set QINIU_REGION if this network may not ask.',
    };
  }
}

function checkDomain({ domain }: CheckedSettings): StorageCheck {
  const { hostname } = new URL(domain);
  if (!TEST_DOMAIN.test(hostname)) return { subject: 'domain', verdict: 'ok', detail: hostname };
  return {
    subject: 'domain',
    verdict: 'warn',
    detail: `${hostname} is a test domain of Qiniu, which ends after 30 days`,
    remedy: 'Bind a domain of your own to the bucket, and set QINIU_DOMAIN.',
  };
}

function checkCallback({ callbackUrl }: CheckedSettings): StorageCheck {
  const subject = 'callback';
  if (!callbackUrl) {
    const detail = 'none: uploads are completed by clients and by the sweeper';
    return { subject, verdict: 'ok', detail };
  }
  if (callbackUrl.protocol === 'https:') return { subject, verdict: 'ok', detail: callbackUrl.host };
  const detail = `${callbackUrl.host} is reached over plain http`;
  return { subject, verdict: 'warn', detail, remedy: 'Give QINIU_CALLBACK_URL with https.' };
}
