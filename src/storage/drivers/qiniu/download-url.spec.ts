import { accessKey, privateUrl, secretKey } from '../../../../test/support/qiniu-vectors.json';
import { downloadUrl, roundedDeadline, signedDownloadUrl } from './download-url';
import { QiniuCredentials } from './qiniu-credentials';

const credentials = new QiniuCredentials(accessKey, secretKey);
const ORIGIN = 'https://cdn.example.com';
const NOON = Date.parse('2026-01-01T12:00:01Z');

describe('a URL of a private object', () => {
  it.each(privateUrl)('is that of the vector: $key', ({ domain, key: keyAndOps, deadline, url }) => {
    const [key, imageOps] = keyAndOps.split('?');
    expect(signedDownloadUrl(credentials, downloadUrl(domain, key, { imageOps }), deadline)).toBe(url);
  });

  it('has the name of the download under its signature, and the token last', () => {
    const url = downloadUrl(ORIGIN, 'a/b.txt', { downloadName: '头像 "1".txt' });
    expect(url).toBe('https://cdn.example.com/a/b.txt?attname=%E5%A4%B4%E5%83%8F%20_1_.txt');
    expect(signedDownloadUrl(credentials, url, 7)).toMatch(/\.txt&e=7&token=ak-doc-0001:[\w-]+=$/);
  });

  it.each([
    ['a"\r\nX: 1\\', 'a___X%3A%201_'],
    ['half \ud83d', 'half%20%EF%BF%BD'],
    ['头'.repeat(500), '%E5%A4%B4'.repeat(200)],
  ])('lets nothing of a name into headers that may not stand there: %j', (downloadName, attname) => {
    expect(downloadUrl(ORIGIN, 'a', { downloadName })).toBe(`https://cdn.example.com/a?attname=${attname}`);
  });

  it('escapes what would end a path', () => {
    expect(downloadUrl(ORIGIN, 'a b/c?d#e%')).toBe('https://cdn.example.com/a%20b/c%3Fd%23e%25');
  });
});

describe('the end of a URL', () => {
  it.each([
    [3_600, '2026-01-01T14:00:00Z'],
    [7_200, '2026-01-01T15:00:00Z'],
    [900, '2026-01-01T12:30:00Z'],
    [300, '2026-01-01T12:10:00Z'],
    [60, '2026-01-01T12:02:00Z'],
    [5, '2026-01-01T12:00:06Z'],
  ])('that is to live %i s is %s', (expiresIn, end) => {
    expect(new Date(roundedDeadline(NOON, expiresIn) * 1_000)).toEqual(new Date(end));
  });

  it('is the same for a while, so that browsers keep what is behind it', () => {
    const ends = [0, 60_000, 1_800_000].map((later) => roundedDeadline(NOON + later, 3_600));
    expect(new Set(ends).size).toBe(1);
  });
});
