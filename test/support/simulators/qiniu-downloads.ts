import type { QiniuAccount } from './qiniu-account';
import { QiniuRefusal, type QiniuAnswer, type QiniuRequest } from './qiniu-exchange';
import type { StoredObject } from './qiniu-objects';
import { hmacSha1 } from './qiniu-signing';

/** What the domain of a bucket serves. */
export function download(account: QiniuAccount, bucketName: string, request: QiniuRequest): QiniuAnswer {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw new QiniuRefusal(405, 'method not allowed');
  const bucket = account.bucket(bucketName);
  const [path, query = ''] = splitOnce(request.target, '?');
  if (bucket.isPrivate) checkSignature(account, request, query);
  const object = bucket.objects.get(decodeKey(path));
  if (!object) throw new QiniuRefusal(404, 'Document not found');
  if (object.status === 1) throw new QiniuRefusal(403, 'forbidden');
  return serve(object, request, query);
}

/** The token stands last, and covers everything before it: scheme and host as well. */
function checkSignature(account: QiniuAccount, { target, headers }: QiniuRequest, query: string): void {
  const at = target.lastIndexOf('&token=');
  const token = target.slice(at + '&token='.length);
  const signed = `http://${headers.host}${target.slice(0, at)}`;
  const { accessKey, secretKey } = account.keys;
  if (at < 0 || token !== `${accessKey}:${hmacSha1(secretKey, signed)}`) {
    throw new QiniuRefusal(401, 'bad token');
  }
  const ends = /(?:^|&)e=(\d+)&token=[^&]*$/.exec(query)?.[1];
  if (ends === undefined || Number(ends) < account.now() / 1_000)
    throw new QiniuRefusal(401, 'token expired');
}

function serve(object: StoredObject, request: QiniuRequest, query: string): QiniuAnswer {
  const attname = /(?:^|&)attname=([^&]*)/.exec(query)?.[1];
  const ops = /(?:^|&)(imageView2\/[^&]*|imageMogr2\/[^&]*|imageInfo)/.exec(query)?.[1];
  const headers = {
    'content-type': object.mimeType,
    etag: `"${object.hash}"`,
    'last-modified': new Date(Number(object.putTime / 10_000n)).toUTCString(),
    'accept-ranges': 'bytes',
    ...(attname !== undefined && {
      'content-disposition': `attachment; filename*=utf-8''${encodeURIComponent(decodeURIComponent(attname))}`,
    }),
    // No real scaling: what was asked for is told.
    ...(ops !== undefined && { 'x-simulated-image-ops': ops }),
  };
  const { content } = object;
  const range = request.headers.range;
  if (range === undefined) return { status: 200, headers, body: content };
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
  if (first === undefined) return { status: 200, headers, body: content };
  const start = Number(first);
  const end = Math.min(last ? Number(last) : Infinity, content.length - 1);
  if (start >= content.length || end < start) throw new QiniuRefusal(416, 'range not satisfiable');
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${start}-${end}/${content.length}` },
    body: content.subarray(start, end + 1),
  };
}

function decodeKey(path: string): string {
  try {
    return decodeURIComponent(path.slice(1));
  } catch {
    throw new QiniuRefusal(400, 'bad key');
  }
}

function splitOnce(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + mark.length)];
}
