/**
 * Why a file is no picture that is taken here:
 * not-an-image (no JPEG, PNG or WebP), wrong-type (another one than was declared), active-content (markup, scripts or an
 * archive within it), damaged (truncated, or not as its format says), too-many-pixels, wrong-shape (far longer than wide).
 */
export type ImageFault =
  'not-an-image' | 'wrong-type' | 'active-content' | 'damaged' | 'too-many-pixels' | 'wrong-shape';

/** The content is refused, and will be whenever it is looked at again. */
export class ImageRefused extends Error {
  override readonly name = 'ImageRefused';

  constructor(
    readonly fault: ImageFault,
    options?: ErrorOptions,
  ) {
    super(fault, options);
  }
}

/** There was no time for it. The same picture may pass later. */
export class ImagesBusy extends Error {
  override readonly name = 'ImagesBusy';

  /** @param isCostly the picture itself took too long; else it has not even been looked at */
  constructor(
    readonly isCostly: boolean,
    options?: ErrorOptions,
  ) {
    super(isCostly ? 'A picture took too long' : 'Too many pictures wait', options);
  }
}
