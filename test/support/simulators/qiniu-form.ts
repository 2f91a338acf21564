import { QiniuComplaint, QiniuRefusal } from './qiniu-exchange';

/** A form as an uploader sends it. */
export interface UploadForm {
  readonly fields: ReadonlyMap<string, string>;
  readonly file: { readonly name: string; readonly type?: string; readonly content: Buffer };
}

const KNOWN = /^(token|key|crc32|accept|x:.+|x-qn-meta-[A-Za-z0-9_-]{1,50})$/;
const LINE = Buffer.from('\r\n');
const GAP = Buffer.from('\r\n\r\n');

/** Reads `multipart/form-data`; fields may stand on either side of the file. */
export function readForm(contentType: string | undefined, body: Buffer): UploadForm {
  const boundary = /^multipart\/form-data;.*\bboundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType ?? '');
  if (!boundary) throw new QiniuRefusal(400, 'not multipart/form-data');
  const fields = new Map<string, string>();
  let file: UploadForm['file'] | undefined;
  for (const { head, content } of partsOf(body, boundary[1] ?? boundary[2])) {
    const name = /\bname="([^"]*)"/i.exec(head)?.[1];
    if (name === undefined) throw new QiniuRefusal(400, 'a part without a name');
    if (name === 'file') {
      if (file) throw new QiniuRefusal(400, 'two files');
      const fileName = /\bfilename="([^"]*)"/i.exec(head)?.[1];
      if (!fileName) throw new QiniuRefusal(400, 'file name is empty');
      file = { name: fileName, type: /^content-type:\s*(.+)$/im.exec(head)?.[1].trim(), content };
    } else {
      if (!KNOWN.test(name)) throw new QiniuComplaint(`the form has an unknown field: ${name}`);
      if (fields.has(name)) throw new QiniuRefusal(400, `two fields ${name}`);
      fields.set(name, textOf(content));
    }
  }
  if (!file) throw new QiniuRefusal(400, 'no file');
  return { fields, file };
}

function partsOf(body: Buffer, boundary: string): { head: string; content: Buffer }[] {
  const parts: { head: string; content: Buffer }[] = [];
  const mark = Buffer.from(`--${boundary}`);
  const between = Buffer.concat([LINE, mark]);
  let at = body.indexOf(mark) + mark.length;
  if (at < mark.length) throw new QiniuRefusal(400, 'no boundary');
  while (body.subarray(at, at + 2).equals(LINE)) {
    const gap = body.indexOf(GAP, at);
    const end = gap < 0 ? -1 : body.indexOf(between, gap + GAP.length - LINE.length);
    if (end < 0) throw new QiniuRefusal(400, 'the form ends too early');
    const content = body.subarray(Math.min(gap + GAP.length, end), end);
    parts.push({ head: body.subarray(at, gap).toString('utf8'), content });
    at = end + between.length;
  }
  if (!body.subarray(at, at + 2).equals(Buffer.from('--')))
    throw new QiniuRefusal(400, 'the form has no end');
  return parts;
}

/** @throws {QiniuRefusal} 400 for what is no UTF-8 */
export function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new QiniuRefusal(400, 'no UTF-8');
  }
}
