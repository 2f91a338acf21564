import type { QiniuCredentials } from './qiniu-credentials';

export const FORM_TYPE = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const EXTRA_HEADER = /^x-qiniu-./i;

/** What a signature may cover, byte for byte as it goes over the wire. */
export interface SignedRequest {
  readonly method: string;
  /** Path and raw query. */
  readonly path: string;
  /** The header's value, with the port where it is not the scheme's own. */
  readonly host: string;
  readonly contentType: string;
  /** Those named `X-Qiniu-...` are covered too. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** The text under a signature of version 2. Of bodies that are neither form nor JSON it holds nothing. */
export function qiniuText(request: SignedRequest): Buffer {
  const { method, path, host, contentType, headers = {}, body = '' } = request;
  const extra = Object.entries(headers)
    .filter(([name]) => EXTRA_HEADER.test(name))
    .map(([name, value]) => [canonicalName(name), value])
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}: ${value}\n`);
  const head = `${method.toUpperCase()} ${path}\nHost: ${host}\nContent-Type: ${contentType}\n${extra.join('')}\n`;
  const covered = isType(contentType, FORM_TYPE) || isType(contentType, JSON_TYPE);
  return Buffer.concat([Buffer.from(head), Buffer.from(covered ? (body as string) : '')]);
}

/** The text under a signature of the older kind: neither method nor host, and the body of forms only. */
export function qboxText({
  path,
  contentType,
  body = '',
}: Pick<SignedRequest, 'path' | 'contentType' | 'body'>): Buffer {
  const covered = isType(contentType, FORM_TYPE) ? body : '';
  return Buffer.concat([Buffer.from(`${path}\n`), Buffer.from(covered as string)]);
}

/** Value of `Authorization` for the management API. */
export function qiniuAuthorization(credentials: QiniuCredentials, request: SignedRequest): string {
  return `Qiniu ${credentials.sign(qiniuText(request))}`;
}

/** Value of `X-Qiniu-Date`: makes a signature good for some minutes only. */
export function qiniuDate(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** Whether a `Content-Type` is this type, with parameters or without. */
export function isType(contentType: string, type: string): boolean {
  return contentType.split(';', 1)[0].trim().toLowerCase() === type;
}

function canonicalName(name: string): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}
