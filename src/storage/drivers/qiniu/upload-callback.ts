import { isObjectKey } from '../../object-key';
import type { CallbackFacts, RawCallback } from '../../object-storage.interface';
import type { QiniuCredentials } from './qiniu-credentials';
import { FORM_TYPE, isType, qboxText, qiniuText } from './request-signature';

/**
 * Reads a callback, if Qiniu sent it. Path and host are those of the configured URL: a proxy may have changed the ones
 * that arrived. The signature never expires, so that a genuine callback may come any number of times.
 * @returns undefined for one that is not genuine
 */
export function readUploadCallback(
  credentials: QiniuCredentials,
  callbackUrl: URL,
  callback: RawCallback,
): CallbackFacts | undefined {
  const authorization = single(callback.headers.authorization);
  const contentType = single(callback.headers['content-type']);
  // Tickets ask for a form. Of every other type one of the two signatures covers no body, and anybody could write it.
  if (callback.method !== 'POST' || !authorization || !contentType || !isType(contentType, FORM_TYPE)) {
    return undefined;
  }
  const request = {
    method: callback.method,
    path: callbackUrl.pathname + callbackUrl.search,
    host: callbackUrl.host,
    contentType,
    headers: singles(callback.headers),
    body: callback.body,
  };
  const [scheme, signature, ...more] = authorization.split(' ');
  if (more.length > 0 || signature === undefined) return undefined;
  const text = scheme === 'Qiniu' ? qiniuText(request) : scheme === 'QBox' ? qboxText(request) : undefined;
  if (!text || !credentials.isSignature(signature, text)) return undefined;
  return factsOf(callback.body);
}

/** Members that stand there once: of two, nobody knows which one is meant. */
function factsOf(body: Buffer): CallbackFacts | undefined {
  const form = new URLSearchParams(body.toString('utf8'));
  const [uploadId, ...otherIds] = form.getAll('uploadId');
  const [key, ...otherKeys] = form.getAll('key');
  if (!uploadId || otherIds.length > 0 || !isObjectKey(key) || otherKeys.length > 0) return undefined;
  return { uploadId, key };
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function singles(headers: RawCallback['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
