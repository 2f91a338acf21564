import { statusOf } from './verification-status';

const record = { attempts: '1', allowed: '5', expires: '1000' };

describe('the status of a verification', () => {
  it.each([
    ['queued while its message waits', record, 999, 'queued', 'queued'],
    ['queued while a gateway is called', record, 999, 'calling', 'queued'],
    ['sent once a gateway took it', record, 999, 'accepted', 'sent'],
    ['sent, too, when it was withheld: nobody shall tell', record, 999, 'withheld', 'sent'],
    ['failed when every gateway refused', record, 999, 'refused', 'failed'],
    ['failed when it was too late to send', record, 999, 'expired', 'failed'],
    ['unknown when a gateway did not answer', record, 999, 'unknown', 'unknown'],
    ['queued when there is no message to be found', record, 999, undefined, 'queued'],
    ['expired at its very end', record, 1_000, 'accepted', 'expired'],
    ['exhausted rather than expired', { ...record, attempts: '5' }, 1_000, 'accepted', 'exhausted'],
    [
      'verified whatever came later',
      { ...record, attempts: '5', consumed: '900' },
      2_000,
      'refused',
      'verified',
    ],
  ] as const)('is %s', (_, fields, now, message, expected) => {
    expect(statusOf(fields, now, message)).toBe(expected);
  });
});
