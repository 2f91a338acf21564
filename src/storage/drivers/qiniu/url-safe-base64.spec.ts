import { encodedEntry as vectors } from '../../../../test/support/qiniu-vectors.json';
import { encodedEntry, urlSafeBase64 } from './url-safe-base64';

describe('Base64 for Qiniu', () => {
  it.each(vectors)('names $bucket and $key as $encoded', ({ bucket, key, encoded }) => {
    expect(encodedEntry(bucket, key ?? undefined)).toBe(encoded);
  });

  it('needs no escaping in a URL, and keeps its padding', () => {
    expect(urlSafeBase64(Buffer.from([0xfb, 0xff, 0xfe, 0xff]))).toBe('-__-_w==');
  });
});
