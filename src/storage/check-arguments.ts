import type { UploadTicketRequest } from './object-storage.interface';
import { assertObjectKey } from './object-key';

// What every driver asks before anything leaves the process. What it refuses is a fault of ours, and no answer of a store.

/** A media type (RFC 6838, 4.2), with parameters if need be (RFC 9110, 8.3.1). No line break gets through into a header. */
const MEDIA_TYPE =
  /^[a-z\d][\w!#$&^.+-]{0,99}\/[a-z\d][\w!#$&^.+-]{0,99}(?:; ?[\w!#$&^.+-]{1,50}=(?:[\w!#$&^.+-]{1,100}|"[\w !#$&^.+-]{0,100}"))*$/i;

/** Stands as it is in what a store calls back with. */
const UPLOAD_ID = /^[\w-]{1,64}$/;
const OWNER = /^\P{C}{0,200}$/u;

/** Seconds for which a ticket may hold. */
const LONGEST_TICKET = 600;

/** Seconds for which a signed URL may hold: a week, as S3 has it. */
export const LONGEST_LINK = 604_800;

/** @throws {TypeError} */
export function assertMediaType(type: string): void {
  if (type.length > 200 || !MEDIA_TYPE.test(type)) throw new TypeError('Not a media type');
}

/** @throws {TypeError} */
export function assertTicketRequest({
  key,
  minBytes,
  maxBytes,
  contentType,
  expiresIn,
  uploadId,
  owner,
}: UploadTicketRequest): void {
  assertObjectKey(key);
  assertMediaType(contentType);
  if (!UPLOAD_ID.test(uploadId)) throw new TypeError('An upload id is 1 to 64 letters, digits, - and _');
  if (!OWNER.test(owner)) throw new TypeError('An owner is at most 200 characters, all of them printed');
  const sizes = Number.isSafeInteger(minBytes) && Number.isSafeInteger(maxBytes);
  if (!sizes || minBytes < 0 || maxBytes < 1 || minBytes > maxBytes)
    throw new TypeError('A ticket needs 0 <= minBytes <= maxBytes');
  if (!Number.isSafeInteger(expiresIn) || expiresIn < 1 || expiresIn > LONGEST_TICKET)
    throw new TypeError(`A ticket holds for 1 to ${LONGEST_TICKET} seconds`);
}

/** @throws {TypeError} */
export function assertLinkTime(expiresIn: number): void {
  if (!Number.isSafeInteger(expiresIn) || expiresIn < 1 || expiresIn > LONGEST_LINK)
    throw new TypeError(`A signed URL holds for 1 to ${LONGEST_LINK} seconds`);
}
