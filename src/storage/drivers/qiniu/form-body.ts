import { randomUUID } from 'node:crypto';

export interface FormBody {
  readonly contentType: string;
  readonly body: Buffer;
}

/**
 * A form with one file behind its fields (`multipart/form-data`, RFC 7578).
 * @param fields names and values of our own, without quotes and line breaks
 * @param file the name of the file is a sample: the store takes the key
 */
export function formBody(
  fields: Readonly<Record<string, string>>,
  file: { readonly contentType: string; readonly content: Buffer },
): FormBody {
  const boundary = `gatecode-${randomUUID()}`;
  const texts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="object"\r\nContent-Type: ${file.contentType}\r\n\r\n`;
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([
      Buffer.from(texts.join('') + head),
      file.content,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  };
}
