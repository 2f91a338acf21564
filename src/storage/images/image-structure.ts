import type { ImageType } from './image-header';

/** What a file says of itself, read without a decoder. */
export interface ImageStructure {
  readonly width: number;
  readonly height: number;
  /** Where the picture ends, as its format says; what follows is no part of it. */
  readonly end: number;
}

/** @returns undefined for a file that is not built as its format says, or not whole */
export function readStructure(type: ImageType, bytes: Buffer): ImageStructure | undefined {
  try {
    return READERS[type](bytes);
  } catch (error) {
    // A length that leads beyond the end. Not instanceof: errors of Node's core may come from another realm.
    if ((error as { code?: unknown }).code === 'ERR_OUT_OF_RANGE') return undefined;
    throw error;
  }
}

const READERS: Readonly<Record<ImageType, (bytes: Buffer) => ImageStructure | undefined>> = {
  'image/png': readPng,
  'image/jpeg': readJpeg,
  'image/webp': readWebp,
};

/** PNG, third edition, 5: signature, then chunks of length, type, data and checksum, until IEND. */
function readPng(bytes: Buffer): ImageStructure | undefined {
  for (let at = 8; ;) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    at += length + 12;
    if (at > bytes.length) return undefined;
    if (type === 'IEND') return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20), end: at };
  }
}

const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;

/** ITU-T T.81, annex B: markers with segments; behind a start of scan, data until the next marker that is none of it. */
function readJpeg(bytes: Buffer): ImageStructure | undefined {
  let size: { width: number; height: number } | undefined;
  for (let at = 2; ;) {
    if (bytes.readUInt8(at) !== 0xff) return undefined;
    const marker = bytes.readUInt8(at + 1);
    if (marker === 0xff) {
      at += 1; // filled up
      continue;
    }
    if (marker === END_OF_IMAGE) return size && { ...size, end: at + 2 };
    if (isFrame(marker)) {
      const [height, width] = [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7)];
      size ??= { width, height };
    }
    at += 2 + bytes.readUInt16BE(at + 2);
    if (marker === START_OF_SCAN) at = endOfScan(bytes, at);
  }
}

/** SOF0 to SOF15, but for the three markers among them that begin tables. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** Within a scan 0xff is followed by 0, or by the number of a restart. */
function endOfScan(bytes: Buffer, from: number): number {
  for (let at = from; ; at += 2) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return bytes.length;
    const next = bytes[at + 1];
    if (next === 0xff) at -= 1;
    else if (next !== 0 && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
}

/** https://developers.google.com/speed/webp/docs/riff_container */
function readWebp(bytes: Buffer): ImageStructure | undefined {
  const end = bytes.readUInt32LE(4) + 8;
  if (end > bytes.length) return undefined;
  const chunk = bytes.toString('latin1', 12, 16);
  if (chunk === 'VP8X') {
    return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1, end };
  }
  if (chunk === 'VP8L') {
    const bits = bytes.readUInt32LE(21);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, end };
  }
  return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff, end };
}
