import type { QiniuPolicy } from './qiniu-policy';

const BINARY = 'application/octet-stream';

const BY_BEGINNING: readonly (readonly [beginning: Buffer, at: number, type: string])[] = [
  [Buffer.from('89504e470d0a1a0a', 'hex'), 0, 'image/png'],
  [Buffer.from('ffd8ff', 'hex'), 0, 'image/jpeg'],
  [Buffer.from('GIF8'), 0, 'image/gif'],
  [Buffer.from('WEBP'), 8, 'image/webp'],
  [Buffer.from('%PDF-'), 0, 'application/pdf'],
  [Buffer.from('PK\u0003\u0004'), 0, 'application/zip'],
];

const BY_EXTENSION: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.txt': 'text/plain',
  '.html': 'text/html',
  '.json': 'application/json',
};

/** What content is, by its first bytes. */
function sniff(content: Buffer): string | undefined {
  for (const [beginning, at, type] of BY_BEGINNING) {
    if (content.subarray(at, at + beginning.length).equals(beginning)) return type;
  }
  const head = content.subarray(0, 512).toString('latin1').trimStart().toLowerCase();
  if (/^<(!doctype html|html|script)/.test(head)) return 'text/html';
  if (/^(<\?xml[^>]*>\s*)?<svg/.test(head)) return 'image/svg+xml';
  return head.length > 0 && /^[\t\r\n\x20-\x7e]*$/.test(head) ? 'text/plain' : undefined;
}

export function extensionOf(name: string | undefined): string {
  return /\.[^./]+$/.exec(name ?? '')?.[0] ?? '';
}

/** The type an object gets, after `detectMime`. */
export function typeOf(
  { detectMime = 0 }: QiniuPolicy,
  content: Buffer,
  client: string | undefined,
  ...names: readonly (string | undefined)[]
): string {
  const byName = names.map((name) => BY_EXTENSION[extensionOf(name)]).find((type) => type !== undefined);
  const said = client && client !== BINARY ? client : undefined;
  if (detectMime === -1) return client ?? BINARY;
  if (detectMime === 1) return sniff(content) ?? byName ?? BINARY;
  return said ?? byName ?? sniff(content) ?? BINARY;
}

/** Whether content is on the list, or with a leading `!` not on it. */
export function isAllowed(mimeLimit: string, content: Buffer): boolean {
  const type = sniff(content) ?? BINARY;
  const isDenial = mimeLimit.startsWith('!');
  const isListed = mimeLimit
    .replace(/^!/, '')
    .split(';')
    .some((entry) => entry === type || (entry.endsWith('/*') && type.startsWith(entry.slice(0, -1))));
  return isListed !== isDenial;
}
