import type { ImageType } from './image-header';

/** What a file says of itself, read without a decoder. */
export interface ImageStructure {
  readonly width: number;
  readonly height: number;
  /** Bytes for each pixel that a decoder keeps until it has seen the last one; 0 where it reads row by row. */
  readonly heldPerPixel: number;
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
    if (type !== 'IEND') continue;
    const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
    return { width, height, heldPerPixel: heldByPng(bytes), end: at };
  }
}

/** Interlaced pictures come in seven passes over all rows. Palettes become colours, and transparency may be added. */
function heldByPng(bytes: Buffer): number {
  const [depth, colourType, , , interlace] = bytes.subarray(24, 29);
  if (interlace === 0) return 0;
  const channels = colourType === 0 || colourType === 4 ? 2 : 4;
  return channels * (depth === 16 ? 2 : 1);
}

const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;

/** ITU-T T.81, annex B: markers with segments; behind a start of scan, data until the next marker that is none of it. */
function readJpeg(bytes: Buffer): ImageStructure | undefined {
  let frame: JpegFrame | undefined;
  for (let at = 2; ;) {
    if (bytes.readUInt8(at) !== 0xff) return undefined;
    const marker = bytes.readUInt8(at + 1);
    if (marker === 0xff) {
      at += 1; // filled up
      continue;
    }
    if (marker === END_OF_IMAGE) {
      if (!frame) return undefined;
      const { width, height, isHeld, coefficients } = frame;
      return { width, height, heldPerPixel: isHeld ? 2 * coefficients : 0, end: at + 2 };
    }
    if (isFrame(marker)) frame ??= readFrame(bytes, at, marker);
    if (marker === START_OF_SCAN && frame) frame.isHeld ||= bytes.readUInt8(at + 4) < frame.components;
    at += 2 + bytes.readUInt16BE(at + 2);
    if (marker === START_OF_SCAN) at = endOfScan(bytes, at);
  }
}

interface JpegFrame {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** For each pixel. Components that are sampled more coarsely have fewer. */
  readonly coefficients: number;
  /** Several scans are added up: progressive ones, or one for each component. */
  isHeld: boolean;
}

function readFrame(bytes: Buffer, at: number, marker: number): JpegFrame {
  const [height, width, components] = [
    bytes.readUInt16BE(at + 5),
    bytes.readUInt16BE(at + 7),
    bytes.readUInt8(at + 9),
  ];
  const areas = Array.from({ length: components }, (_, index) => {
    const factors = bytes.readUInt8(at + 11 + 3 * index);
    return (factors >> 4) * (factors & 15);
  });
  const coefficients = areas.reduce((sum, area) => sum + area, 0) / Math.max(1, ...areas);
  return { width, height, components, coefficients, isHeld: (marker & 3) === 2 };
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
  const heldPerPixel = 4;
  if (chunk === 'VP8X') {
    return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1, heldPerPixel, end };
  }
  if (chunk === 'VP8L') {
    const bits = bytes.readUInt32LE(21);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, heldPerPixel, end };
  }
  const [width, height] = [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff];
  return { width, height, heldPerPixel, end };
}
