import { hidesContent } from './hidden-content';
import { ImageRefused } from './image.error';
import { type ImageType, sniffImage } from './image-header';
import { readStructure } from './image-structure';

/** What a picture may be. */
export interface ImageLimits {
  /** Width times height. Decoding costs time and memory by it: four bytes a pixel at most. */
  readonly maxPixels: number;
}

/** What a decoder may keep of a picture, for each of `maxPixels`. Interlaced and progressive ones with more have to be smaller. */
const HELD_PER_PIXEL = 4;
/** More than a camera makes; each side of a picture that is 50 megapixels large. */
const LONGEST_SIDE = 30_000;
/** Longer ones would be enlarged to an enormous width before the middle is cut out. */
const MOST_LONGER = 100;

/**
 * Judges the first bytes of a file.
 * @throws {ImageRefused} `not-an-image`, `wrong-type`
 */
export function inspectHead(head: Buffer, declared: string): ImageType {
  const type = sniffImage(head);
  if (!type) throw new ImageRefused('not-an-image');
  if (type !== declared) throw new ImageRefused('wrong-type');
  return type;
}

/**
 * Judges a whole file before any decoder sees it.
 * @throws {ImageRefused}
 */
export function inspectImage(bytes: Buffer, declared: string, { maxPixels }: ImageLimits): ImageType {
  const type = inspectHead(bytes, declared);
  const structure = readStructure(type, bytes);
  if (!structure) throw new ImageRefused('damaged');
  const { width, height, heldPerPixel, end } = structure;
  if (hidesContent(bytes, end)) throw new ImageRefused('active-content');
  // Cameras put thumbnails and films behind a JPEG picture; nobody puts anything behind the others.
  if (type !== 'image/jpeg' && end < bytes.length) throw new ImageRefused('active-content');
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  if (short === 0) throw new ImageRefused('damaged');
  const pixels = width * height * Math.max(1, heldPerPixel / HELD_PER_PIXEL);
  if (pixels > maxPixels || long > LONGEST_SIDE) throw new ImageRefused('too-many-pixels');
  if (long / short > MOST_LONGER) throw new ImageRefused('wrong-shape');
  return type;
}
