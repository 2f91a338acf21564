import type { UploadTicketRequest } from '../../object-storage.interface';
import type { QiniuCredentials } from './qiniu-credentials';
import { FORM_TYPE } from './request-signature';
import { urlSafeBase64 } from './url-safe-base64';

/** What an upload may do, of the fields that are used here. Fields that are not set are left out, never null. */
export interface PutPolicy {
  /** `bucket:key`: this key only. */
  readonly scope: string;
  /** Unix seconds. Judged when the upload ends, and not when it begins. */
  readonly deadline: number;
  /** 1: the key may not be there yet, unless with the same content. */
  readonly insertOnly?: 1;
  readonly fsizeMin?: number;
  readonly fsizeLimit?: number;
  /** Judged on the content. */
  readonly mimeLimit?: string;
  /** 1: the type is what the content is; -1: what the client says. */
  readonly detectMime?: 1 | -1;
  readonly endUser?: string;
  readonly callbackUrl?: string;
  readonly callbackBody?: string;
  readonly callbackBodyType?: string;
}

/** `<AccessKey>:<signature>:<policy>`; the signature covers the encoded policy. */
export function uploadToken(credentials: QiniuCredentials, policy: object): string {
  const encoded = urlSafeBase64(JSON.stringify(policy));
  return `${credentials.sign(encoded)}:${encoded}`;
}

const LITERAL = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * What a ticket allows: this key, once, of this size and of this type by content.
 * @param deadline Unix seconds
 * @param callbackUrl where the store reports the upload; without it nothing of a callback is in the policy
 */
export function ticketPolicy(
  bucket: string,
  request: UploadTicketRequest,
  deadline: number,
  callbackUrl?: string,
): PutPolicy {
  const { key, minBytes, maxBytes, contentType, owner, uploadId } = request;
  return {
    scope: `${bucket}:${key}`,
    insertOnly: 1,
    fsizeMin: minBytes,
    fsizeLimit: maxBytes,
    // Of the type alone: behind a semicolon another one would stand.
    mimeLimit: contentType.split(';', 1)[0],
    detectMime: 1,
    deadline,
    endUser: owner,
    ...(callbackUrl !== undefined && {
      callbackUrl,
      callbackBody: callbackBody(uploadId),
      // Of a JSON body the older signature would cover nothing.
      callbackBodyType: FORM_TYPE,
    }),
  };
}

/** What our own upload allows: the type is what we say it is. */
export function serverPolicy(bucket: string, key: string, deadline: number, createOnly: boolean): PutPolicy {
  return { scope: `${bucket}:${key}`, ...(createOnly && { insertOnly: 1 }), detectMime: -1, deadline };
}

/** The upload id is a literal, and so signed; `$(x:...)` would be the uploader's own word. */
function callbackBody(uploadId: string): string {
  if (!LITERAL.test(uploadId)) throw new TypeError('An upload id is letters, digits, - and _');
  return `uploadId=${uploadId}&key=$(key)&hash=$(etag)&fsize=$(fsize)&mimeType=$(mimeType)`;
}
