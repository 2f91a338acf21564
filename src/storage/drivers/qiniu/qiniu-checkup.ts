import type { StorageCheck } from '../../object-storage.interface';
import { StorageError } from '../../storage.error';
import type { RegionQuery } from './region-query';

export interface CheckedSettings {
  readonly region?: string;
  readonly domain: string;
  readonly callbackUrl?: URL;
}

const TEST_DOMAIN = /\.(clouddn\.com|bkt\.clouddn\.com|qiniucdn\.com)$/;

/** What only Qiniu can tell of its settings. */
export async function checkQiniu(settings: CheckedSettings, query: RegionQuery): Promise<StorageCheck[]> {
  return [await checkRegion(settings, query), checkDomain(settings), checkCallback(settings)];
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
