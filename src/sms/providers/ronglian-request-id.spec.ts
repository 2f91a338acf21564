import fc from 'fast-check';
import { messageIdOf, ronglianRequestId } from './ronglian-request-id';

const ID = '018f0000-0000-7000-8000-000000000001';

describe('ronglianRequestId', () => {
  it('is the message id without its dashes at first', () => {
    expect(ronglianRequestId(ID)).toBe('018f0000000070008000000000000001');
    expect(ronglianRequestId(ID, 1)).toBe(ronglianRequestId(ID));
  });

  it('is another one for every submission, of a shape the vendor takes, and leads back to the message', () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.integer({ min: 1, max: 999_999 }),
        fc.integer({ min: 1, max: 999_999 }),
        (id, one, other) => {
          const reqId = ronglianRequestId(id, one);
          expect(reqId).toMatch(/^[0-9A-Za-z]{1,32}$/);
          expect(messageIdOf(reqId)).toBe(id.toLowerCase());
          expect(ronglianRequestId(id, other) === reqId).toBe(one === other);
        },
      ),
    );
  });

  it.each(['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'])(
    'leads back to %s',
    (id) => expect(messageIdOf(ronglianRequestId(id, 2))).toBe(id),
  );

  it('never mixes up two messages', () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.uuid(),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        (a, b, n, m) => {
          fc.pre(a !== b);
          expect(ronglianRequestId(a, n)).not.toBe(ronglianRequestId(b, m));
        },
      ),
    );
  });
});

describe('messageIdOf', () => {
  it('reads what comes back in capitals', () => {
    expect(messageIdOf(ronglianRequestId(ID, 3).toUpperCase())).toBe(ID);
    expect(messageIdOf(ronglianRequestId(ID).toUpperCase())).toBe(ID);
  });

  it.each(['', '123', 'z'.repeat(25) + 'r2', '0'.repeat(25) + 'r0', '0'.repeat(31), 'g'.repeat(32)])(
    'knows nothing of %p',
    (reqId) => expect(messageIdOf(reqId)).toBeUndefined(),
  );
});
