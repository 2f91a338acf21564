import { assertLinkTime, assertMediaType, assertTicketRequest } from './check-arguments';

describe('a media type', () => {
  it.each([
    'image/png',
    'text/plain; charset=utf-8',
    'text/plain;charset=utf-8',
    'application/vnd.a+json',
    'a/b; c="d e"',
  ])('%s is one', (type) => expect(() => assertMediaType(type)).not.toThrow());

  it.each([
    '',
    'image',
    'image/',
    '/png',
    'a/b/c',
    'a/b;',
    'a/b; c',
    'a/b\n',
    'a/b\r\nX: 1',
    'ä/b',
    'a/ b',
    `a/${'b'.repeat(300)}`,
    '!image/png', // in a list of Qiniu's: everything but that
  ])('%j is none', (type) => expect(() => assertMediaType(type)).toThrow(TypeError));

  it('is judged quickly, however long it is', () => {
    const startedAt = performance.now();
    expect(() => assertMediaType(`a/b${'; a=b'.repeat(50_000)};`)).toThrow(TypeError);
    expect(performance.now() - startedAt).toBeLessThan(200);
  });
});

describe('what a ticket is asked for with', () => {
  const request = {
    key: 'a/b.png',
    minBytes: 1,
    maxBytes: 10,
    contentType: 'image/png',
    expiresIn: 600,
    uploadId: 'u',
    owner: 'o',
  };

  it('is right', () => {
    expect(() => assertTicketRequest(request)).not.toThrow();
    expect(() => assertTicketRequest({ ...request, minBytes: 0, maxBytes: 1, expiresIn: 1 })).not.toThrow();
  });

  it.each([
    { key: '../a' },
    { contentType: 'image' },
    { minBytes: 11 },
    { minBytes: 0.5 },
    { maxBytes: Infinity },
    { maxBytes: 0, minBytes: 0 },
    { expiresIn: 601 },
    { expiresIn: 0 },
    { expiresIn: 1.5 },
    { uploadId: '' },
    { uploadId: 'a&key=b' },
    { uploadId: 'u'.repeat(65) },
    { owner: 'o'.repeat(201) },
    { owner: 'a\nb' },
  ])('is not right with %j', (wrong) => {
    expect(() => assertTicketRequest({ ...request, ...wrong })).toThrow(TypeError);
  });
});

describe('the time of a signed URL', () => {
  it.each([1, 60, 604_800])('is right with %d s', (seconds) => {
    expect(() => assertLinkTime(seconds)).not.toThrow();
  });

  it.each([0, -1, 0.5, Number.NaN, Infinity, 604_801])('is not right with %d s', (seconds) => {
    expect(() => assertLinkTime(seconds)).toThrow(TypeError);
  });
});
