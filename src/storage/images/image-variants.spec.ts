import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import {
  animatedPng,
  animatedWebp,
  bomb,
  deepPicture,
  misfitWebp,
  photograph,
  picture,
  sayingSize,
  slowPicture,
  striped,
  withChunk,
  withComment,
} from '../../../test/support/pictures';
import { AVATAR_VARIANTS } from '../uploads/uploads.options';
import { ImageRefused, ImagesBusy } from './image.error';
import { ImageVariants, type ImageVariantsOptions } from './image-variants';

const OPTIONS: ImageVariantsOptions = { maxPixels: 50_000_000, timeLimit: 10, mostWaiting: 50 };
const images = new ImageVariants(OPTIONS);

const make = (bytes: Buffer, declared: string, by = images) => by.make(bytes, declared, AVATAR_VARIANTS);

const faultOf = (bytes: Buffer, declared: string, by = images) =>
  make(bytes, declared, by).then(
    () => 'taken',
    (error: unknown) => (error instanceof ImageRefused ? error.fault : String(error)),
  );

/** Colour of one pixel: `[red, green, blue]`. */
async function colourAt(bytes: Buffer, left: number, top: number): Promise<number[]> {
  const region = sharp(bytes).extract({ left, top, width: 1, height: 1 });
  return [...(await region.removeAlpha().raw().toBuffer())];
}

const RED = [expect.closeTo(255, -1.6), expect.closeTo(0, -1.6), expect.closeTo(0, -1.6)];
const BLUE = [expect.closeTo(0, -1.6), expect.closeTo(0, -1.6), expect.closeTo(255, -1.6)];

describe('The variants of a picture', () => {
  it.each(['jpeg', 'png', 'webp'] as const)('are squares of three sizes, made of %s', async (type) => {
    const variants = await make(await picture(type), `image/${type}`);
    const seen = await Promise.all(variants.map(({ bytes }) => sharp(bytes).metadata()));
    expect(seen.map(({ format, width, height }) => `${format} ${width}x${height}`)).toEqual([
      'webp 512x512',
      'webp 256x256',
      'webp 64x64',
      'jpeg 512x512',
    ]);
    expect(await colourAt(variants[0].bytes, 256, 50)).toEqual(RED);
    expect(await colourAt(variants[0].bytes, 256, 460)).toEqual(BLUE);
  });

  it('stand upright and know neither place nor camera', async () => {
    const original = await photograph();
    expect(await sharp(original).metadata()).toMatchObject({ orientation: 6, exif: expect.any(Buffer) });
    expect(original.includes('Zhang San')).toBe(true);
    for (const { bytes } of await make(original, 'image/jpeg')) {
      const { orientation, exif, xmp, icc, iptc } = await sharp(bytes).metadata();
      expect({ orientation, exif, xmp, icc, iptc }).toEqual({});
      expect(bytes.includes('Zhang San')).toBe(false);
    }
    const [{ bytes: upright }] = await make(original, 'image/jpeg');
    expect(await colourAt(upright, 256, 50)).toEqual(RED);
    expect(await colourAt(upright, 256, 460)).toEqual(BLUE);
  });

  it('are made of the middle', async () => {
    const wide = await striped(2_000, 100).rotate(0).png().toBuffer();
    const [{ bytes }] = await make(wide, 'image/png');
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 512, height: 512 });
  });

  it('keep what can be seen through, and have a white ground as JPEG', async () => {
    const clear = await sharp({
      create: { width: 80, height: 80, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer();
    const variants = await make(clear, 'image/png');
    expect((await sharp(variants[0].bytes).metadata()).hasAlpha).toBe(true);
    expect(await colourAt(variants[3].bytes, 10, 10)).toEqual([255, 255, 255]);
  });

  it('come from CMYK, from 16 bits, from greys and from a palette', async () => {
    const cmyk = await striped(200, 200).toColourspace('cmyk').jpeg().toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    const deep = await striped(200, 200).toColourspace('rgb16').png().toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    const greys = await striped(200, 200).greyscale().png().toBuffer();
    const palette = await striped(200, 200).png({ palette: true }).toBuffer();
    for (const [bytes, type] of [
      [cmyk, 'image/jpeg'],
      [deep, 'image/png'],
      [greys, 'image/png'],
      [palette, 'image/png'],
    ] as const) {
      const [{ bytes: made }] = await make(bytes, type);
      expect(await sharp(made).metadata()).toMatchObject({ space: 'srgb', depth: 'uchar', width: 512 });
    }
    const [{ bytes: red }] = await make(deep, 'image/png');
    expect(await colourAt(red, 256, 50)).toEqual(RED);
  });

  it('show the first picture of an animation, and do not move', async () => {
    const [{ bytes }] = await make(await animatedWebp(), 'image/webp');
    expect((await sharp(bytes).metadata()).pages ?? 1).toBe(1);
    expect(await colourAt(bytes, 256, 256)).toEqual([
      expect.closeTo(200, -1.2),
      expect.closeTo(200, -1.2),
      expect.closeTo(200, -1.2),
    ]);
    expect(await faultOf(await animatedPng(), 'image/png')).toBe('taken');
    const before = performance.now();
    expect(await faultOf(await animatedWebp(1_000), 'image/webp')).toBe('taken');
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  it('hold nothing of what a picture says in a language that is not searched', async () => {
    const html = Buffer.from('<!DOCTYPE html><script>alert(1)</script>');
    const packed = Buffer.concat([Buffer.from('Comment\0\0'), deflateSync(html)]);
    const wide = Buffer.from(html.toString('latin1'), 'utf16le').toString('latin1');
    for (const [bytes, type] of [
      [withChunk(await picture(), 'zTXt', packed), 'image/png'],
      [withComment(await picture('jpeg'), wide), 'image/jpeg'],
    ] as const)
      for (const { bytes: made } of await make(bytes, type)) {
        expect(made.includes(deflateSync(html))).toBe(false);
        expect(made.toString('latin1').replaceAll('\0', '')).not.toContain('script');
      }
  });

  it('come soon, however large its profile of colours is', async () => {
    const profile = Buffer.concat([Buffer.from('a\0\0'), deflateSync(Buffer.alloc(20_000_000))]);
    const before = performance.now();
    expect(['taken', 'damaged']).toContain(
      await faultOf(withChunk(await picture(), 'iCCP', profile), 'image/png'),
    );
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  it('are made of a JPEG picture that by chance has four bytes of an archive', async () => {
    expect(await faultOf(withComment(await picture('jpeg'), 'PK\x05\x06 and so on'), 'image/jpeg')).toBe(
      'taken',
    );
  });

  it('are made of progressive pictures and of ones with restarts and filled markers', async () => {
    const progressive = await striped(300, 300).jpeg({ progressive: true, quality: 90 }).toBuffer();
    expect(await faultOf(progressive, 'image/jpeg')).toBe('taken');
    const filled = Buffer.concat([progressive.subarray(0, -2), Buffer.from('ffffffd9', 'hex')]);
    expect(await faultOf(filled, 'image/jpeg')).toBe('taken');
  });

  it('are made of a JPEG picture with a film behind it, as telephones take them', async () => {
    const film = Buffer.concat([Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0'), Buffer.alloc(5_000, 7)]);
    expect(await faultOf(Buffer.concat([await picture('jpeg'), film]), 'image/jpeg')).toBe('taken');
  });
});

describe('Refused before it is decoded is', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';

  it.each([
    ['SVG', svg],
    ['SVG behind a declaration', `<?xml version="1.0"?>${svg}`],
    ['HTML', '<!DOCTYPE html><script>alert(1)</script>'],
    ['XML', '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
    ['PHP', '<?php system($_GET["c"]); ?>'],
    ['GIF', 'GIF89a\x01\x00\x01\x00\x80\x00\x00'],
    ['GIF that is a script as well', 'GIF89a/*\x00\x00*/=1;alert(1)'],
    ['PDF', '%PDF-1.7\n1 0 obj'],
    ['a text', 'hello'],
    ['nothing', ''],
    ['half a signature', '\x89PNG'],
    ['BMP', 'BM\x36\x00\x0c\x00\x00\x00\x00\x00\x36\x00\x00\x00'],
    ['TIFF', 'II*\x00\x08\x00\x00\x00'],
    ['HEIF', '\x00\x00\x00\x18ftypheic'],
    ['sound in RIFF', 'RIFF\x24\x00\x00\x00WAVEfmt '],
  ])('%s', async (_, text) => {
    const bytes = Buffer.from(text, 'latin1');
    for (const type of ['image/jpeg', 'image/png', 'image/webp'])
      expect(await faultOf(bytes, type)).toBe('not-an-image');
  });

  it('a picture of another type than was said', async () => {
    expect(await faultOf(await picture('png'), 'image/jpeg')).toBe('wrong-type');
    expect(await faultOf(await picture('webp'), 'image/png')).toBe('wrong-type');
  });

  it.each([
    ['PHP in a comment of JPEG', async () => withComment(await picture('jpeg'), '<?php system("id"); ?>')],
    [
      'a script in a comment of JPEG',
      async () => withComment(await picture('jpeg'), '*/<script>alert(1)</script>'),
    ],
    ['a page in a comment of JPEG', async () => withComment(await picture('jpeg'), '<!DOCTYPE html><html>')],
    [
      'a ZIP archive behind JPEG',
      async () => Buffer.concat([await picture('jpeg'), Buffer.from('PK\x03\x04xxxx')]),
    ],
    [
      'an archive that is found by its end',
      async () => withComment(await picture('jpeg'), `PK\x05\x06${'\0'.repeat(18)}`),
    ],
    [
      'a script in what a camera says',
      async () =>
        striped(90, 90)
          .withExif({ IFD0: { Copyright: '<script>alert(1)</script>' } })
          .jpeg()
          .toBuffer(),
    ],
    ['a program behind JPEG', async () => Buffer.concat([await picture('jpeg'), Buffer.from('MZ\x90\0')])],
    [
      'a drawing in a comment of JPEG',
      async () => withComment(await picture('jpeg'), '<svg xmlns="http://www.w3.org/2000/svg"/>'),
    ],
    ['a drawing that acts', async () => withComment(await picture('jpeg'), '<svg/onload=alert(1)>')],
    ['a document', async () => withComment(await picture('jpeg'), '%PDF-1.4')],
  ])('%s', async (_, bytesOf) => {
    expect(await faultOf(await bytesOf(), 'image/jpeg')).toBe('active-content');
  });

  it.each([
    [
      'PHP in a text of PNG',
      async () => withChunk(await picture(), 'tEXt', Buffer.from('a\0<?php eval($_POST[1]); ?>')),
    ],
    ['anything behind PNG', async () => Buffer.concat([await picture(), Buffer.from('alert(1)')])],
    ['PHP behind PNG', async () => Buffer.concat([await picture(), Buffer.from('<?php phpinfo();')])],
  ])('%s', async (_, bytesOf) => {
    expect(await faultOf(await bytesOf(), 'image/png')).toBe('active-content');
  });

  it('a script that calls itself JPEG', async () => {
    const bytes = Buffer.concat([
      Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
      Buffer.from('/*'),
      Buffer.from('*/=alert(1)'),
    ]);
    expect(await faultOf(bytes, 'image/jpeg')).toBe('not-an-image');
  });

  it.each(['png', 'jpeg', 'webp'] as const)('%s that ends too soon', async (type) => {
    const whole = await picture(type);
    for (const part of [0.3, 0.6, 0.95]) {
      const cut = whole.subarray(0, Math.floor(whole.length * part));
      expect(await faultOf(cut, `image/${type}`)).toBe('damaged');
    }
  });

  it('what would keep a search busy, quickly', async () => {
    const before = performance.now();
    for (const text of ['<svg ', '<svg/', '<!doctype', '\xff', '\xff\x00', 'PK\x05'])
      for (const head of [await picture('jpeg'), await picture('png')])
        await faultOf(Buffer.concat([head, Buffer.alloc(5_000_000, text, 'latin1')]), 'image/png');
    const scan = (await picture('jpeg')).subarray(0, -2);
    await faultOf(Buffer.concat([scan, Buffer.alloc(5_000_000, '\xff\x00', 'latin1')]), 'image/jpeg');
    await faultOf(Buffer.concat([scan, Buffer.alloc(5_000_000, 0xff)]), 'image/jpeg');
    await faultOf(Buffer.concat([(await picture()).subarray(0, 33), Buffer.alloc(5_000_000)]), 'image/png');
    expect(performance.now() - before).toBeLessThan(3_000);
  });

  it('a bomb, without any memory for it', async () => {
    const before = process.memoryUsage().rss;
    expect(await faultOf(bomb(), 'image/png')).toBe('too-many-pixels');
    expect(await faultOf(bomb(60_000, 10), 'image/png')).toBe('too-many-pixels');
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 * 1024);
  });

  it('a picture that takes too much memory before its first row is known', async () => {
    const deep = (interlaced: boolean) => faultOf(deepPicture(5_100, { interlaced }), 'image/png');
    expect(await deep(true)).toBe('too-many-pixels');
    const colours = (options: object) => striped(64, 64).jpeg({ chromaSubsampling: '4:4:4', ...options });
    const large = async (jpeg: Promise<Buffer>) =>
      faultOf(sayingSize(await jpeg, 6_000, 6_000), 'image/jpeg');
    expect(await large(colours({ progressive: true }).toBuffer())).toBe('too-many-pixels');
    // Of the same size, row by row, they get as far as a decoder.
    expect(await deep(false)).toBe('damaged');
    expect(await large(colours({ progressive: false }).toBuffer())).toBe('damaged');
    expect(await large(colours({ progressive: true, chromaSubsampling: '4:2:0' }).toBuffer())).toBe(
      'damaged',
    );
  });

  it('a picture that is larger than its canvas', async () => {
    expect(await faultOf(await misfitWebp(), 'image/webp')).toBe('damaged');
  });

  it('a picture of no width', async () => {
    expect(await faultOf(bomb(0, 10), 'image/png')).toBe('damaged');
  });

  it('a line', async () => {
    expect(await faultOf(await picture('png', 1_000, 2), 'image/png')).toBe('wrong-shape');
  });
});

describe('A decoder', () => {
  const threads = sharp.concurrency();
  afterEach(() => {
    sharp.concurrency(threads);
    sharp.cache(true);
  });

  it('is left as the host has it, unless it is ours alone', async () => {
    sharp.concurrency(3);
    await make(await picture('png', 64, 64), 'image/png');
    expect(sharp.concurrency()).toBe(3);
    await make(
      await picture('png', 64, 64),
      'image/png',
      new ImageVariants({ ...OPTIONS, setsUpSharp: true }),
    );
    expect(sharp.concurrency()).toBe(1);
  });

  it('refuses what only looks whole', async () => {
    // Says 400 by 400, and holds a row or two.
    const fraud = bomb(4_000, 4_000);
    expect(await faultOf(fraud, 'image/png')).toBe('damaged');
    const png = await picture();
    const broken = Buffer.from(png);
    broken.fill(0x55, 60, 120);
    expect(await faultOf(broken, 'image/png')).toBe('damaged');
  });

  it('gives up in time', async () => {
    const hurried = new ImageVariants({ maxPixels: 900_000_000, timeLimit: 1, mostWaiting: 0 });
    const failure = await make(slowPicture(28_000), 'image/png', hurried).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ImagesBusy);
    expect(failure).toMatchObject({ isCostly: true });
  });

  it('has some pictures wait, and sends the others away', async () => {
    const busy = new ImageVariants({ ...OPTIONS, mostWaiting: 2 });
    const bytes = await picture('jpeg', 1_200, 900);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, () => make(bytes, 'image/jpeg', busy)),
    );
    const refused = outcomes.filter((each): each is PromiseRejectedResult => each.status === 'rejected');
    expect(refused).toHaveLength(3);
    for (const { reason } of refused) {
      expect(reason).toBeInstanceOf(ImagesBusy);
      expect(reason).toMatchObject({ isCostly: false });
    }
    expect(await make(bytes, 'image/jpeg', busy)).toHaveLength(4);
  });
});
