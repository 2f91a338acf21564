import type { default as SharpModule, Sharp, SharpOptions } from 'sharp';
import { BoundedQueue } from './bounded-queue';
import { ImageRefused, ImagesBusy } from './image.error';
import { type ImageLimits, inspectImage } from './inspect-image';

/** What is made of a picture: a square of this many pixels. */
export interface VariantRule {
  /** Of its object, unique among the rules together with the extension: `512`. */
  readonly name: string;
  readonly side: number;
  readonly format: 'webp' | 'jpeg';
}

export interface ImageVariant extends VariantRule {
  readonly bytes: Buffer;
  readonly contentType: 'image/webp' | 'image/jpeg';
}

export interface ImageVariantsOptions extends ImageLimits {
  /** For one picture, seconds. */
  readonly timeLimit: number;
  /** Pictures that wait while another one is worked on. */
  readonly mostWaiting: number;
  /** See UploadsModuleOptions.setsUpSharp. */
  readonly setsUpSharp?: boolean;
}

const WHITE = { r: 255, g: 255, b: 255 };

/** What sharp says when its time is over; it has no class for it. */
const TIME_OVER = /timeout/i;

/**
 * Makes new pictures out of the pixels of one: upright, the middle of it, without metadata. One at a time: a decoder is
 * the most expensive thing that a stranger can have us run.
 */
export class ImageVariants {
  private readonly queue: BoundedQueue;
  private loading?: Promise<typeof SharpModule>;

  constructor(private readonly options: ImageVariantsOptions) {
    this.queue = new BoundedQueue(1, options.mostWaiting, () => new ImagesBusy(false));
  }

  /**
   * @param declared the type that it was said to be
   * @throws {ImageRefused}
   * @throws {ImagesBusy}
   */
  async make(bytes: Buffer, declared: string, rules: readonly VariantRule[]): Promise<ImageVariant[]> {
    const type = inspectImage(bytes, declared, this.options);
    return this.queue.run(async () => {
      const sharp = await this.load();
      try {
        return await this.render(sharp, bytes, type, rules);
      } catch (error) {
        if (error instanceof ImageRefused) throw error;
        if (TIME_OVER.test(String(error))) throw new ImagesBusy(true, { cause: error });
        // Everything else that a decoder says is about what it was given.
        throw new ImageRefused('damaged', { cause: error });
      }
    });
  }

  private async render(
    sharp: typeof SharpModule,
    bytes: Buffer,
    type: string,
    rules: readonly VariantRule[],
  ): Promise<ImageVariant[]> {
    const { maxPixels, timeLimit } = this.options;
    const input: SharpOptions = {
      limitInputPixels: maxPixels,
      failOn: 'warning',
      pages: 1,
      sequentialRead: true,
      autoOrient: true,
    };
    const picture = sharp(bytes, input);
    const { format } = await picture.metadata();
    if (`image/${format}` !== type) throw new ImageRefused('wrong-type');
    const side = Math.max(...rules.map((rule) => rule.side));
    // Decoded once. The smaller ones are made of the largest.
    const { data, info } = await picture
      .resize(side, side, { fit: 'cover', position: 'centre' })
      .toColourspace('srgb')
      .timeout({ seconds: timeLimit })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    const variants: ImageVariant[] = [];
    for (const rule of rules) {
      const pixels = sharp(data, { raw: { width, height, channels } }).resize(rule.side, rule.side);
      const encoded = await encode(pixels, rule.format).timeout({ seconds: timeLimit }).toBuffer();
      variants.push({ ...rule, bytes: encoded, contentType: `image/${rule.format}` });
    }
    return variants;
  }

  /** Loaded with the first picture: most installations never see one. */
  private async load(): Promise<typeof SharpModule> {
    this.loading ??= import('sharp').then(({ default: sharp }) => {
      // For the whole process, since sharp knows nothing smaller: a host that uses it has its own mind.
      if (this.options.setsUpSharp) {
        // One picture on one thread: requests need the others. Pictures do not come twice.
        sharp.concurrency(1);
        sharp.cache(false);
      }
      return sharp;
    });
    try {
      return await this.loading;
    } catch (error) {
      // Not installed for this platform: no fault of the picture's, which can wait until it is.
      this.loading = undefined;
      throw new ImagesBusy(false, { cause: error });
    }
  }
}

function encode(pixels: Sharp, format: VariantRule['format']): Sharp {
  if (format === 'webp') return pixels.webp({ quality: 82 });
  return pixels.flatten({ background: WHITE }).jpeg({ quality: 84, progressive: true });
}
