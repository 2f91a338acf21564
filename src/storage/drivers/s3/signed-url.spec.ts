import { LONGEST_LINK } from '../../check-arguments';
import { S3Connection } from './s3-connection';
import { S3Driver } from './s3.driver';
import { DEFAULT_LIMITS } from './s3.options';
import { linkTimes, signedGetUrl } from './signed-url';

// Made with the AWS packages under a fixed clock; the keys are samples.
const AT = new Date('2026-01-01T00:00:00.000Z');
const OPTIONS = {
  accessKeyId: 'AKIADOCEXAMPLE',
  secretAccessKey: 'doc/secret+key/0001',
  bucket: 'avatars',
  region: 'us-east-1',
  endpoint: 'http://127.0.0.1:9000',
};
const KEY = 'u/0190/a.png';

describe('a signed URL of S3', () => {
  it('is the one of the SDK', async () => {
    const client = await new S3Connection(OPTIONS, DEFAULT_LIMITS).openSigner();
    const url = await signedGetUrl(client, { Bucket: 'avatars', Key: KEY }, { at: AT, expiresIn: 300 });
    expect(url).toBe(
      'http://127.0.0.1:9000/avatars/u/0190/a.png?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&X-Amz-Credential=AKIADOCEXAMPLE%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=300&X-Amz-Signature=15d6dd1ce00bc0c898caa36701cdb873cb56e80ca648780754ae2cc410c3268b&X-Amz-SignedHeaders=host&x-id=GetObject',
    );
  });

  it('is the same for a while, so that browsers can keep what is behind it', async () => {
    const clock = { time: AT.getTime(), now: () => clock.time };
    const store = new S3Driver(OPTIONS, clock);
    const first = await store.signedUrl(KEY, { expiresIn: 300 });
    clock.time += 299_999;
    expect(await store.signedUrl(KEY, { expiresIn: 300 })).toBe(first);
    clock.time += 1;
    expect(await store.signedUrl(KEY, { expiresIn: 300 })).not.toBe(first);
    await store.close();
  });

  it.each([
    [1, '00:07:41', 2],
    [59, '00:07:41', 60],
    [60, '00:07:00', 120],
    [300, '00:05:00', 600],
    [1_000, '00:00:00', 1_900],
    [86_400, '00:00:00', 90_000],
  ])('for %d s is signed at %s and lives %d s', (asked, time, expiresIn) => {
    const now = Date.parse('2026-01-01T00:07:41.700Z');
    expect(linkTimes(now, asked)).toEqual({ at: new Date(`2026-01-01T${time}Z`), expiresIn });
  });

  it('never ends earlier than was asked, nor lives longer than S3 lets it', () => {
    for (const asked of [1, 7, 60, 61, 899, 3_600, 604_000, 604_799, LONGEST_LINK]) {
      for (const now of [0, 1_234_567, 1_767_225_599_999]) {
        const { at, expiresIn } = linkTimes(now, asked);
        expect(at.getTime()).toBeLessThanOrEqual(now);
        expect(expiresIn).toBeLessThanOrEqual(LONGEST_LINK);
        const lives = at.getTime() / 1_000 + expiresIn - now / 1_000;
        expect(lives).toBeGreaterThanOrEqual(asked === LONGEST_LINK ? asked - 1 : asked);
        expect(lives).toBeLessThanOrEqual(asked * 2);
      }
    }
  });

  it.each([0, -1, 0.5, Number.NaN, LONGEST_LINK + 1])('can not live %d s', async (expiresIn) => {
    const store = new S3Driver(OPTIONS);
    await expect(store.signedUrl(KEY, { expiresIn })).rejects.toThrow(TypeError);
  });
});
