import type { Phone } from '../../common/phone';
import { readTencentAnswer } from './tencent-answer';

const PHONE = '+8613800138000' as Phone;
const UNREADABLE = { kind: 'unknown', reason: 'unreadable' };

const read = (response: unknown) => readTencentAnswer(JSON.stringify({ Response: response }), [PHONE])[0];
const entry = (overrides: object = {}) => ({
  SerialNo: '5000:1045710669157053657849499619',
  PhoneNumber: PHONE,
  Fee: 2,
  Code: 'Ok',
  Message: 'send success',
  ...overrides,
});

describe('readTencentAnswer', () => {
  it.each(['+8613800138000', '8613800138000', '008613800138000', '13800138000'])(
    'finds our number as %s',
    (spelling) => {
      const other = entry({ PhoneNumber: '+8613800138001', Code: 'LimitExceeded.PhoneNumberDailyLimit' });
      expect(read({ SendStatusSet: [other, entry({ PhoneNumber: spelling, Code: 'OK' })] })).toEqual({
        kind: 'accepted',
        vendorCode: 'Ok',
        providerMessageId: '5000:1045710669157053657849499619',
        segments: 2,
      });
    },
  );

  it('tells numbers of one batch apart, whatever their order', () => {
    const other = '+8613800138001' as Phone;
    const third = '+8613800138002' as Phone;
    const set = [entry({ PhoneNumber: '13800138001', Code: 'LimitExceeded.PhoneNumberDailyLimit' }), entry()];
    const text = JSON.stringify({ Response: { SendStatusSet: set } });
    expect(readTencentAnswer(text, [PHONE, other, third])).toMatchObject([
      { kind: 'accepted' },
      { kind: 'refused', refusal: 'L' },
      UNREADABLE,
    ]);
  });

  it('accepts without an id when the vendor gives none', () => {
    expect(read({ SendStatusSet: [entry({ SerialNo: '', Fee: undefined })] })).toEqual({
      kind: 'accepted',
      vendorCode: 'Ok',
    });
  });

  it('reads a refusal of our number', () => {
    const refused = entry({ Code: 'LimitExceeded.PhoneNumberThirtySecondLimit', Message: 'too often' });
    expect(read({ SendStatusSet: [refused], RequestId: 'a-b-c' })).toEqual({
      kind: 'refused',
      refusal: 'L',
      vendorCode: 'LimitExceeded.PhoneNumberThirtySecondLimit',
      vendorText: 'too often',
      vendorRequestId: 'a-b-c',
    });
  });

  it('reads a refusal of the whole request before any entry', () => {
    const Error = { Code: 'AuthFailure.SignatureFailure', Message: 'no' };
    expect(read({ Error, SendStatusSet: [entry()] })).toMatchObject({ kind: 'refused', refusal: 'G' });
  });

  it('keeps a time-out inside the vendor open', () => {
    expect(read({ Error: { Code: 'InternalError.Timeout' } })).toEqual({
      kind: 'unknown',
      reason: 'vendor',
      vendorCode: 'InternalError.Timeout',
    });
  });

  it.each([
    ['no response', undefined],
    ['no set', { RequestId: 'a' }],
    ['an empty set', { SendStatusSet: [] }],
    ['a set of another number', { SendStatusSet: [entry({ PhoneNumber: '+8613800138001' })] }],
    ['a number abroad with our digits', { SendStatusSet: [entry({ PhoneNumber: '+13800138000' })] }],
    ['an entry without a code', { SendStatusSet: [entry({ Code: undefined })] }],
    ['an error without a code', { Error: {} }],
    ['an error that is none', { Error: null }],
  ])('does not guess: %s', (_, response) => {
    expect(read(response)).toEqual(UNREADABLE);
  });
});
