import { downloadHeaders, fileName } from './download-headers';

const facts = {
  key: 'a/b.png',
  size: 1,
  contentType: 'image/png',
  etag: 'abc',
  lastModified: new Date(1_800_000_000_000),
};

describe('the headers of an object', () => {
  it('let a picture be shown, unless it is to be downloaded', () => {
    expect(downloadHeaders(facts, {})).not.toHaveProperty('Content-Disposition');
    expect(downloadHeaders(facts, { secondsLeft: 9, downloadName: 'me.png' })).toMatchObject({
      'Content-Disposition': `attachment; filename="me.png"; filename*=UTF-8''me.png`,
    });
  });

  it.each(['image/svg+xml', 'text/html', 'IMAGE/PNG', 'image/png; x=1'])(
    'let %s be downloaded only',
    (contentType) => {
      expect(downloadHeaders({ ...facts, contentType }, {})).toHaveProperty('Content-Disposition');
    },
  );

  it('let nobody keep it longer than the link holds', () => {
    const kept = { ...facts, cacheControl: 'public, max-age=9999' };
    expect(downloadHeaders(kept, { secondsLeft: 7 })['Cache-Control']).toBe('private, max-age=7');
    expect(downloadHeaders(kept, { secondsLeft: -7 })['Cache-Control']).toBe('private, max-age=0');
    expect(downloadHeaders(kept, {})['Cache-Control']).toBe('public, max-age=9999');
  });
});

describe('the name of a download', () => {
  it.each([
    ['a.txt', `filename="a.txt"; filename*=UTF-8''a.txt`],
    ['头像 1.png', `filename="___1.png"; filename*=UTF-8''%E5%A4%B4%E5%83%8F%201.png`],
    [`it's (1)*.txt`, `filename="it_s__1__.txt"; filename*=UTF-8''it%27s%20%281%29%2A.txt`],
    ['a"\r\nX: 1', `filename="a___X__1"; filename*=UTF-8''a%22%0D%0AX%3A%201`],
    ['../../etc', `filename=".._.._etc"; filename*=UTF-8''..%2F..%2Fetc`],
    ['half \ud83d', `filename="half__"; filename*=UTF-8''half%20%EF%BF%BD`],
  ])('%j', (name, expected) => {
    expect(fileName(name)).toBe(expected);
  });
});
