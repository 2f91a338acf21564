import { BACKOFF, isWanted, judgeAnswer, retryDelay } from './webhook-rules';

describe('Which events are told', () => {
  it.each([
    ['sms.message.failed', undefined, true],
    ['session.refresh-reused', [], true],
    ['sms.attempt.accepted', undefined, false],
    ['upload.begun', undefined, false],
    ['upload.expired', undefined, true],
    ['sms.attempt.accepted', ['sms.*'], true],
    ['sms.attempt.accepted', ['*'], true],
    ['sms.receipt', ['sms.receipt', 'session.*'], true],
    ['session.refresh-reused', ['sms.receipt', 'session.*'], true],
    ['sms.receipts', ['sms.receipt'], false],
    ['smsother.x', ['sms.*'], false],
    ['verification.checked', ['sms.*'], false],
  ])('%s by %j: %s', (name, patterns, wanted) => {
    expect(isWanted(name, patterns)).toBe(wanted);
  });
});

describe('The wait before another attempt', () => {
  it('grows, and all twelve attempts fit into a day', () => {
    const waits = Array.from({ length: BACKOFF.attempts - 1 }, (_, index) =>
      retryDelay(index + 1, BACKOFF, 0.5),
    );
    expect(waits.slice(0, 3)).toEqual([5_000, 12_500, 31_250]);
    const hours = waits.reduce((sum, wait) => sum + wait) / 3_600_000;
    expect(hours).toBeGreaterThan(20);
    expect(hours).toBeLessThan(24);
  });

  it('is spread by a tenth', () => {
    expect([0, 0.5, 1].map((random) => retryDelay(1, BACKOFF, random))).toEqual([4_500, 5_000, 5_500]);
  });
});

describe('An answer', () => {
  it.each([
    [200, 'done'],
    [204, 'done'],
    [301, 'failed'],
    [404, 'failed'],
    [410, 'gone'],
    [429, 'failed'],
    [500, 'failed'],
  ])('of %d means %s', (status, verdict) => {
    expect(judgeAnswer(status)).toBe(verdict);
  });
});
