import { deflateSync, crc32 } from 'node:zlib';
import sharp from 'sharp';

export type PictureType = 'jpeg' | 'png' | 'webp';

/** Two colours, so that upright can be told from lying: the upper half is red, the lower one blue. */
export function picture(type: PictureType = 'png', width = 640, height = 480): Promise<Buffer> {
  return striped(width, height).toFormat(type).toBuffer();
}

export function striped(width: number, height: number) {
  const half = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="50%" fill="#f00"/><rect y="50%" width="100%" height="50%" fill="#00f"/></svg>`,
  );
  return sharp({ create: { width, height, channels: 3, background: '#0f0' } }).composite([{ input: half }]);
}

/** Of a camera that was held on its side, and that knows where it was. */
export async function photograph(): Promise<Buffer> {
  const upright = await striped(400, 300).png().toBuffer();
  return sharp(upright)
    .rotate(-90)
    .withExif({
      IFD0: { Orientation: '6', Make: 'Camera of Zhang San' },
      IFD3: { GPSLatitude: '31/1 14/1 3/1', GPSLatitudeRef: 'N' },
    })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
}

/** Noise: does not get smaller. */
export async function largePicture(bytes: number): Promise<Buffer> {
  const side = Math.ceil(Math.sqrt(bytes / 3));
  const data = Buffer.alloc(side * side * 3);
  for (let at = 0, seed = 1; at < data.length; at += 1) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    data[at] = seed >>> 16;
  }
  return sharp(data, { raw: { width: side, height: side, channels: 3 } })
    .png({ compressionLevel: 0 })
    .toBuffer();
}

/** Says that it is enormous, and is a few kilobytes. */
export function bomb(width = 40_000, height = 40_000): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const rows = deflateSync(Buffer.alloc(1_000_000));
  return pngOf(['IHDR', header], ['IDAT', rows], ['IEND', Buffer.alloc(0)]);
}

/** Sixteen bits of four channels: only a header, and rows for a few of them. */
export function deepPicture(side: number, { interlaced }: { interlaced: boolean }): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([16, 6, 0, 0, interlaced ? 1 : 0], 8);
  return pngOf(['IHDR', header], ['IDAT', deflateSync(Buffer.alloc(10_000))], ['IEND', Buffer.alloc(0)]);
}

/** A JPEG picture whose header says another size. */
export function sayingSize(jpeg: Buffer, width: number, height: number): Buffer {
  const bytes = Buffer.from(jpeg);
  const frame = [0xc0, 0xc2]
    .map((marker) => bytes.indexOf(Buffer.from([0xff, marker])))
    .find((at) => at > 0)!;
  bytes.writeUInt16BE(height, frame + 5);
  bytes.writeUInt16BE(width, frame + 7);
  return bytes;
}

/** A canvas of 100 by 100 pixels, and a picture of another size on it. */
export async function misfitWebp(): Promise<Buffer> {
  const picture = await striped(400, 300).webp().toBuffer();
  const canvas = Buffer.alloc(18);
  canvas.write('VP8X');
  canvas.writeUInt32LE(10, 4);
  canvas.writeUIntLE(99, 12, 3);
  canvas.writeUIntLE(99, 15, 3);
  const bytes = Buffer.concat([picture.subarray(0, 12), canvas, picture.subarray(12)]);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  return bytes;
}

/** A genuine picture of one bit a pixel, each of which stands for one of two colours that can be seen through. */
export function slowPicture(side: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([1, 3, 0, 0, 0], 8);
  const rows = deflateSync(Buffer.alloc((1 + Math.ceil(side / 8)) * side));
  const colours: [string, Buffer][] = [
    ['PLTE', Buffer.alloc(6)],
    ['tRNS', Buffer.alloc(2, 100)],
  ];
  return pngOf(['IHDR', header], ...colours, ['IDAT', rows], ['IEND', Buffer.alloc(0)]);
}

export function pngOf(...chunks: [string, Buffer][]): Buffer {
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, ...chunks.map(([type, data]) => pngChunk(type, data))]);
}

export function pngChunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, checksum]);
}

/** A PNG picture with another chunk behind its header. */
export function withChunk(png: Buffer, type: string, data: Buffer): Buffer {
  return Buffer.concat([png.subarray(0, 33), pngChunk(type, data), png.subarray(33)]);
}

/** A JPEG picture with a comment. */
export function withComment(jpeg: Buffer, text: string): Buffer {
  const comment = Buffer.from(text);
  const head = Buffer.from([0xff, 0xfe, 0, 0]);
  head.writeUInt16BE(comment.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, comment, jpeg.subarray(2)]);
}

/** Two pictures or more, one after the other, of 50 by 40 pixels. */
export async function animatedWebp(frames = 2): Promise<Buffer> {
  const shades = Array.from({ length: frames }, (_, index) =>
    Buffer.alloc(50 * 40 * 3, index % 2 ? 20 : 200),
  );
  return sharp(Buffer.concat(shades), {
    raw: { width: 50, height: 40 * frames, channels: 3, pageHeight: 40 },
  })
    .webp({ effort: 0, loop: 0 })
    .toBuffer();
}

/** APNG: readers that know nothing of it see the first picture. */
export async function animatedPng(): Promise<Buffer> {
  const control = Buffer.alloc(8);
  control.writeUInt32BE(2, 0);
  return withChunk(await picture('png', 60, 60), 'acTL', control);
}
