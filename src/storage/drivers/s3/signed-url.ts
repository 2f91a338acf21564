import type { S3Client } from '@aws-sdk/client-s3';
import { LONGEST_LINK } from '../../check-arguments';
import { attachment } from '../common/content-disposition';
import { loadClientS3, loadSignedUrl } from './aws-sdk';

/** Steps of time of signing, longest first, in seconds. */
const STEPS = [3_600, 900, 300, 60];

/** When a URL is signed, and how long it holds from then on. */
export interface LinkTimes {
  readonly at: Date;
  /** Seconds. */
  readonly expiresIn: number;
}

/**
 * Rounds the time of signing down, so that the same URL is given for a while and browsers can keep what is behind it. It
 * lives as long as was asked at least, and twice as long at the most, but no longer than S3 lets it.
 * @param now milliseconds
 * @param expiresIn seconds
 */
export function linkTimes(now: number, expiresIn: number): LinkTimes {
  const room = LONGEST_LINK - expiresIn;
  const step = STEPS.find((each) => each <= expiresIn && each <= room) ?? 1;
  const at = Math.floor(now / 1_000 / step) * step;
  return { at: new Date(at * 1_000), expiresIn: Math.min(expiresIn + step, LONGEST_LINK) };
}

/** Asks nobody. */
export async function signedGetUrl(
  client: S3Client,
  place: { readonly Bucket: string; readonly Key: string },
  { at, expiresIn }: LinkTimes,
  downloadName?: string,
): Promise<string> {
  const [{ GetObjectCommand }, getSignedUrl] = [await loadClientS3(), await loadSignedUrl()];
  const disposition =
    downloadName === undefined ? {} : { ResponseContentDisposition: attachment(downloadName) };
  const command = new GetObjectCommand({ ...place, ...disposition });
  return getSignedUrl(client, command, { signingDate: at, expiresIn });
}
