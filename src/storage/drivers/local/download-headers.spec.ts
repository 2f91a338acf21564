import { downloadHeaders } from './download-headers';

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
