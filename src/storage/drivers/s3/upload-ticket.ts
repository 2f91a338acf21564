import type { S3Client } from '@aws-sdk/client-s3';
import type { PresignedPost, PresignedPostOptions } from '@aws-sdk/s3-presigned-post';
import type { Clock } from '../../../common/clock';
import type { UploadTicket, UploadTicketRequest } from '../../object-storage.interface';
import { loadPresignedPost } from './aws-sdk';
import { OWNER } from './s3-objects';

/** What a header takes as it is. An owner of other characters is not kept. */
const HEADER_SAFE = /^[\w.:@/+-]{1,200}$/;

/**
 * Leave to post one object: this key, this type and no other size, until the ticket ends. The SDK makes an exact condition of
 * every field; a field beside them is refused by the store. A presigned POST can't say that nothing is overwritten: keys
 * are new for every upload.
 */
export async function uploadTicket(
  client: S3Client,
  bucket: string,
  request: UploadTicketRequest,
  clock: Clock,
): Promise<UploadTicket> {
  const { key, minBytes, maxBytes, contentType, expiresIn, owner } = request;
  // The policy names whole seconds, and the SDK reads its time a moment later.
  const now = Math.floor(clock.now() / 1_000) * 1_000;
  const { url, fields } = await presignedPost(client, now, {
    Bucket: bucket,
    Key: key,
    Expires: expiresIn,
    Fields: {
      'Content-Type': contentType,
      ...(HEADER_SAFE.test(owner) && { [`x-amz-meta-${OWNER}`]: owner }),
    },
    Conditions: [
      ['content-length-range', minBytes, maxBytes],
      ['eq', '$Content-Type', contentType],
    ],
  });
  const { bucket: _bucket, ...withoutBucket } = fields;
  return {
    method: 'POST',
    url,
    // The bucket is what the URL says, and the policy is about that one.
    fields: withoutBucket,
    fileField: 'file',
    headers: {},
    expiresAt: new Date(now + expiresIn * 1_000),
    maxBytes,
  };
}

/** The SDK reads the time by itself, and adds by what the store is ahead of it. */
export async function presignedPost(
  client: S3Client,
  now: number,
  options: PresignedPostOptions,
): Promise<PresignedPost> {
  const createPresignedPost = await loadPresignedPost();
  const { systemClockOffset } = client.config;
  const config = { ...client.config, systemClockOffset: systemClockOffset + now - Date.now() };
  return createPresignedPost({ config } as S3Client, options);
}
