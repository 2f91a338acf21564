import fc from 'fast-check';
import { redact, redactText } from './redaction';

const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';
const OPAQUE = 'qW3rTy7uIoPa5dFgHjKlZxCvBn9MqWeRtYuIoPaSdFg';

describe('redactText', () => {
  it.each([
    ['a phone', 'sent to 13800138000 now', 'sent to 138****8000 now'],
    ['a phone in E.164', 'to=+8613800138000', 'to=138****8000'],
    ['a phone with 0086', '008613800138000', '138****8000'],
    ['a phone with dashes', '138-0013-8000', '138****8000'],
    ['a phone with spaces', '+86 138 0013 8000', '138****8000'],
    ['full-width digits', '１３８００１３８０００', '138****8000'],
    ['a phone in a query', '/dev/messages?to=%2B8613800138000&x=1', '/dev/messages?to=%2B138****8000&x=1'],
    ['a phone behind an escaped space', 'to=+86%20138%200013%208000', 'to=138****8000'],
    ['a phone with something invisible inside', '138\u200b00138000', '138****8000'],
    ['a phone abroad', 'to +447700900123.', 'to +447****0123.'],
    ['a UUID stays', 'id 0197f5c6-1380-7013-8000-138001380001', 'id 0197f5c6-1380-7013-8000-138001380001'],
    ['a time stays', '2026-11-21T02:16:00.123Z 1764000000000', '2026-11-21T02:16:00.123Z 1764000000000'],
    ['an address stays', 'connect ECONNREFUSED 127.0.0.1:6379', 'connect ECONNREFUSED 127.0.0.1:6379'],
    ['a bearer token', 'Authorization: Bearer abc.def', 'Authorization: [redacted]'],
    ['a JWT', `token ${JWT} failed`, 'token [redacted] failed'],
    ['an opaque token', `got ${OPAQUE}!`, 'got [redacted]!'],
    [
      'a digest stays',
      'sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c',
      'sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c',
    ],
    ['a connection string', 'postgres://app:s3cret@db:5432/x', 'postgres://[redacted]@db:5432/x'],
    [
      'a signed URL',
      'GET https://cdn.example.com/a.png?e=1&token=k:s done',
      'GET https://cdn.example.com/a.png?[redacted] done',
    ],
    ['a member in JSON text', '{"password":"a \\"b\\" c","x":1}', '{"password":"[redacted]","x":1}'],
    ['a member in a form', 'refreshToken=abc&x=1', 'refreshToken=[redacted]&x=1'],
    ['a code in a message', '验证码：482163【Gatecode】', '验证码：[redacted]【Gatecode】'],
    ['a code in a member', '{"code":"482163"}', '{"code":"[redacted]"}'],
    ['a number whose first digits look like those of an id', '00861300-0000000', '130****0000'],
    ['plain text stays', 'Nest application successfully started', 'Nest application successfully started'],
  ])('%s', (_, text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  it('leaves no spelling of a phone number readable', () => {
    const separator = fc.constantFrom('', ' ', '-', '.', ' - ', '\u3000', '\u200b', '_', ') ');
    const prefix = fc.constantFrom('', '+86', '0086', '86', '+86 ', '(+86) ', '＋８６');
    const tail = fc.array(fc.tuple(separator, fc.integer({ min: 0, max: 9 })), {
      minLength: 9,
      maxLength: 9,
    });
    const around = fc.constantFrom('', ' ', '"', 'phone=', ', ', '\n', '%20', 'x', '<', '号码');
    const second = fc.integer({ min: 3, max: 9 });
    fc.assert(
      fc.property(
        around,
        prefix,
        second,
        tail,
        fc.boolean(),
        around,
        (before, country, digit, rest, wide, after) => {
          const spelling = `1${digit}${rest.map(([gap, each]) => `${gap}${each}`).join('')}`;
          const number = spelling.replace(/\D/g, '');
          const written = wide
            ? spelling.replace(/\d/g, (each) => String.fromCharCode(each.charCodeAt(0) + 0xfee0))
            : spelling;
          const left = redactText(before + country + written + after)
            .normalize('NFKC')
            .replace(/\D/g, '');
          expect(left).not.toContain(number);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('ends quickly on hostile text', () => {
    const before = process.cpuUsage();
    for (const piece of [
      '1 ',
      '1-',
      '+1',
      'a',
      'eyJ',
      '"',
      '%20',
      'aA1',
      'https://',
      'token=',
      '００８６',
      '1. 3',
    ]) {
      redactText(piece.repeat(20_000));
    }
    // Not the time on the clock, of which other processes take their part.
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(2_000);
  });
});

describe('redact', () => {
  it('goes by the name of a member', () => {
    const secrets = {
      authorization: 'x',
      Cookie: 'x',
      'set-cookie': ['x'],
      password: 'x',
      newPassword: 'x',
      code: '482163',
      otp: 482163,
      refreshToken: 'x',
      registrationToken: 'x',
      ticket: 'x',
      secret: 'x',
      apiKey: 'x',
      api_key: 'x',
      secretKey: { nested: 'x' },
      answer: 'x',
    };
    const values = Object.values(redact({ deep: [secrets] }) as { deep: [object] })[0][0];
    expect(new Set(Object.values(values))).toEqual(new Set(['[redacted]']));
  });

  it('keeps the codes of errors', () => {
    expect(redact({ code: 'CODE_MISMATCH' })).toEqual({ code: 'CODE_MISMATCH' });
    expect(redact(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }))).toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('goes into errors, causes, maps and sets, and masks numbers', () => {
    const error = new Error('to 13800138000', { cause: new Error(`with ${JWT}`) });
    const copied = JSON.stringify(
      redact([error, new Map([['to', '13800138000']]), new Set([13800138000]), 13800138000]),
    );
    expect(copied).not.toContain('13800138000');
    expect(copied).not.toContain(JWT);
    expect(copied).toContain('138****8000');
  });

  it('survives cycles, depth, binary data and odd values', () => {
    const cycle: Record<string, unknown> = {
      bytes: Buffer.from('x'),
      date: new Date(NaN),
      fn: () => 1,
      big: 1n,
    };
    cycle.self = cycle;
    let deep: unknown = 1;
    for (let level = 0; level < 10_000; level++) deep = [deep];
    expect(redact({ cycle, deep })).toMatchObject({
      cycle: { bytes: '[1 bytes]', date: null, fn: '[function]', big: '1', self: '[circular]' },
    });
  });

  it('always gives something that can be written as JSON', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => typeof JSON.stringify({ value: redact(value) }) === 'string'),
    );
  });
});
