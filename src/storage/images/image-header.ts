/** Formats that are taken. Every other one has a decoder that we do not want to meet. */
export const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/webp'] as const;

export type ImageType = (typeof IMAGE_TYPES)[number];

/** Bytes of a file that tell its format. Less of a short one is enough. */
export const SNIFFED_BYTES = 4_096;

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const JPEG = Buffer.from('ffd8ff', 'hex');
/** Chunks that a WebP file can begin with. */
const WEBP_CHUNKS = ['VP8 ', 'VP8L', 'VP8X'];

/**
 * What a file is, by its first bytes. Names and declared types say nothing.
 * @returns undefined for everything else: SVG, HTML, GIF, TIFF, HEIF, PDF, texts
 */
export function sniffImage(head: Buffer): ImageType | undefined {
  if (head.subarray(0, PNG.length).equals(PNG)) return 'image/png';
  if (head.subarray(0, JPEG.length).equals(JPEG)) return isJpegHead(head) ? 'image/jpeg' : undefined;
  const isRiff = head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP';
  return isRiff && WEBP_CHUNKS.includes(head.toString('latin1', 12, 16)) ? 'image/webp' : undefined;
}

/**
 * The first segment of a JPEG file. A length of 0x2f2a reads as the beginning of a comment in JavaScript: what hides a script
 * in a picture is made so.
 */
function isJpegHead(head: Buffer): boolean {
  if (head.length < 6) return false;
  return head[3] >= 0xc0 && head[3] !== 0xff && head.readUInt16BE(4) !== 0x2f2a;
}
