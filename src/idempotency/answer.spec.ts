import { PROBLEMS, type ProblemCode } from '../common/problem-catalog';
import { type Answer, isOutcome, ownPart, readAnswer, writeAnswer } from './answer';

describe('an answer is given again', () => {
  it.each([200, 201, 202, 204, 303])('with status %i', (status) => {
    expect(isOutcome(status)).toBe(true);
  });

  it.each<ProblemCode>([
    'CODE_MISMATCH',
    'ACCOUNT_NOT_FOUND',
    'VERIFICATION_USED',
    'TICKET_INVALID',
    'PHONE_TAKEN',
    'NOT_FOUND',
  ])('when it is %s', (code) => {
    expect(isOutcome(PROBLEMS[code].status, code)).toBe(true);
  });
});

describe('a repetition is tried anew', () => {
  it.each<ProblemCode>([
    'MALFORMED_BODY',
    'TOKEN_INVALID',
    'LOGIN_FAILED',
    'STEP_UP_REQUIRED',
    'REQUEST_TIMEOUT',
    'IDEMPOTENCY_IN_FLIGHT',
    'REGISTRATION_STEP_MISSING',
    'UPLOAD_MISSING',
    'UPLOAD_NOT_READY',
    'VALIDATION_FAILED',
    'CAPTCHA_REQUIRED',
    'SEND_COOLDOWN',
    'INTERNAL_ERROR',
    'STORE_UNAVAILABLE',
  ])('after %s', (code) => {
    expect(isOutcome(PROBLEMS[code].status, code)).toBe(false);
  });
});

describe('an answer', () => {
  const answer: Answer = {
    status: 201,
    headers: [
      ['Content-Type', 'application/json; charset=utf-8'],
      ['Set-Cookie', ['a=1', 'b=2']],
    ],
    body: Buffer.from([0x7b, 0x0a, 0x00, 0xff, 0x7d]),
  };

  it('is read as it was written, byte for byte', () => {
    expect(readAnswer(writeAnswer(answer))).toEqual(answer);
    expect(readAnswer(writeAnswer({ ...answer, body: Buffer.alloc(0) })).body).toHaveLength(0);
  });

  it('keeps what its handler said, and nothing of the exchange it was given in', () => {
    const headers: Answer['headers'] = [
      ['X-Request-Id', 'r'],
      ['RateLimit', 'l'],
      ['X-Frame-Options', 'DENY'],
      ['Vary', 'Origin, Accept-Language'],
      ['Location', '/v1/things/1'],
      ['Content-Type', 'text/plain'],
    ];
    const before = {
      'content-type': 'text/plain',
      'x-request-id': 'r',
      'x-frame-options': 'DENY',
      vary: 'Origin',
    };
    expect(ownPart({ ...answer, headers }, before).headers).toEqual([
      ['Vary', 'Origin, Accept-Language'],
      ['Location', '/v1/things/1'],
      ['Content-Type', 'text/plain'],
    ]);
  });
});
