import { randomBytes } from 'node:crypto';

export interface FormFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Buffer;
}

/** A page with one form, as a browser reads it. */
interface PageForm {
  readonly action: string;
  readonly method: string;
  readonly enctype: string;
  readonly inputs: readonly Readonly<Record<string, string>>[];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/**
 * Submits the form of a page after a file was chosen: the body byte for byte as browsers write it
 * (https://html.spec.whatwg.org/#multipart-form-data), no scripts, no headers but theirs.
 */
export async function submitForm(html: string, file: FormFile): Promise<Response> {
  const { action, method, enctype, inputs } = readForm(html);
  if (method.toLowerCase() !== 'post' || enctype !== 'multipart/form-data')
    throw new Error(`A form that sends no file: ${method} ${enctype}`);
  const boundary = `----WebKitFormBoundary${randomBytes(8).toString('hex')}`;
  const parts = inputs
    .filter(({ name }) => name !== undefined)
    .map(({ type, name, value }) => partOf(name, type === 'file' ? file : value));
  const body = Buffer.concat([
    ...parts.flatMap((part) => [Buffer.from(`--${boundary}\r\n`), part, Buffer.from('\r\n')]),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
  const headers = { 'Content-Type': `multipart/form-data; boundary=${boundary}`, Origin: 'null' };
  return fetch(action, { method: 'POST', headers, body });
}

function partOf(name: string, value: FormFile | string): Buffer {
  const disposition = `Content-Disposition: form-data; name="${quoted(name)}"`;
  if (typeof value === 'string') return Buffer.from(`${disposition}\r\n\r\n${value}`);
  const head = `${disposition}; filename="${quoted(value.name)}"\r\nContent-Type: ${value.type}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), value.bytes]);
}

function quoted(text: string): string {
  return text.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22');
}

function readForm(html: string): PageForm {
  const [, form = ''] = /<form\b([^>]*)>/.exec(html) ?? [];
  const { action = '', method = 'get', enctype = '' } = attributesOf(form);
  const inputs = [...html.matchAll(/<input\b([^>]*)>/g)].map(([, inside]) => attributesOf(inside));
  return { action, method, enctype, inputs };
}

function attributesOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, decoded(value)]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

function decoded(text: string): string {
  return text.replace(/&(#?\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}
