import { isVerificationId, madeAt, newVerificationId, slotOf } from './verification-id';

describe('a verification id', () => {
  const id = newVerificationId(Buffer.from('abcdef', 'hex'));

  it('is a UUID v7 that names the slot of its number', () => {
    expect(isVerificationId(id)).toBe(true);
    expect(slotOf(id)).toBe('abc');
  });

  it('says when it was made', () => {
    expect(Math.abs(Date.now() - madeAt(id))).toBeLessThan(2_000);
  });

  it.each([
    '',
    'x',
    '../../etc/passwd',
    id.toUpperCase(),
    `${id}0`,
    `${id.slice(0, 14)}4${id.slice(15)}`,
    `{${id}}`,
  ])('is not %j', (text) => expect(isVerificationId(text)).toBe(false));
});
