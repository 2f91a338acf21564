import fc from 'fast-check';

import { etag as vectors } from '../../../../test/support/qiniu-vectors.json';
import { BLOCK_BYTES, Qetag } from './qetag';

const CONTENTS: Readonly<Record<string, Buffer>> = {
  empty: Buffer.alloc(0),
  hello: Buffer.from('hello'),
  '4 MiB + 1 of 0x61': Buffer.alloc(BLOCK_BYTES + 1, 0x61),
};

describe('Qetag', () => {
  it.each(vectors)('is $etag for $name', ({ name, etag }) => {
    expect(new Qetag().update(CONTENTS[name]).digest()).toBe(etag);
  });

  it('is of one block for exactly 4 MiB', () => {
    const content = Buffer.alloc(BLOCK_BYTES, 1);
    expect(new Qetag().update(content).digest()).toMatch(/^F/);
    expect(new Qetag().update(content).update(Buffer.of(1)).digest()).toMatch(/^l/);
  });

  it('does not depend on how the content is cut', () => {
    const content = Buffer.alloc(2 * BLOCK_BYTES + 5, 0x61);
    const whole = new Qetag().update(content).digest();
    fc.assert(
      fc.property(fc.array(fc.nat(content.length), { maxLength: 6 }), (cuts) => {
        const qetag = new Qetag();
        const edges = [0, ...cuts.sort((a, b) => a - b), content.length];
        edges.slice(1).forEach((end, index) => qetag.update(content.subarray(edges[index], end)));
        expect(qetag.digest()).toBe(whole);
      }),
      { numRuns: 10 },
    );
  });
});
