import { signWebhook, verifyWebhook } from './webhook-signature';

// The vector of the reference libraries:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/javascript/src/index.test.ts
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const timestamp = 1614265330;
const body = '{"test": 2432232314}';
const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const now = timestamp * 1_000;

const headers = (changes: Record<string, string | undefined> = {}) => ({
  'webhook-id': id,
  'webhook-timestamp': String(timestamp),
  'webhook-signature': signature,
  ...changes,
});

describe('A webhook', () => {
  it('is signed as the standard has it', () => {
    expect(signWebhook(id, timestamp, body, secret)).toBe(signature);
    expect(signWebhook(id, timestamp, Buffer.from(body), secret)).toBe(signature);
  });

  it('is verified with the headers of Node and of fetch', () => {
    expect(verifyWebhook(headers(), body, secret, { now })).toBe(true);
    expect(verifyWebhook(new Headers(headers() as Record<string, string>), body, secret, { now })).toBe(true);
  });

  it('can have a secret that is no base64', () => {
    const plain = 'a-plain-secret-of-more-than-32-characters';
    const signed = signWebhook(id, timestamp, body, plain);
    expect(signed).not.toBe(signature);
    expect(verifyWebhook(headers({ 'webhook-signature': signed }), body, plain, { now })).toBe(true);
  });

  it('may carry several signatures, one of which is right', () => {
    const several = `v1,aW52YWxpZA== v2,unknown ${signature}`;
    expect(verifyWebhook(headers({ 'webhook-signature': several }), body, secret, { now })).toBe(true);
  });

  it.each([
    ['another body', headers(), `${body} `, secret],
    ['another secret', headers(), body, 'whsec_AAAQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['another id', headers({ 'webhook-id': 'msg_other' }), body, secret],
    ['another time', headers({ 'webhook-timestamp': String(timestamp + 1) }), body, secret],
    ['no id', headers({ 'webhook-id': undefined }), body, secret],
    ['no signature', headers({ 'webhook-signature': undefined }), body, secret],
    ['no time', headers({ 'webhook-timestamp': undefined }), body, secret],
    ['a time that is none', headers({ 'webhook-timestamp': '1e9' }), body, secret],
    [
      'a signature of another version',
      headers({ 'webhook-signature': signature.replace('v1', 'v2') }),
      body,
      secret,
    ],
    ['half a signature', headers({ 'webhook-signature': signature.slice(0, -5) }), body, secret],
  ])('with %s is not ours', (_, given, text, key) => {
    expect(verifyWebhook(given, text, key, { now })).toBe(false);
  });

  it.each([
    [299, true],
    [301, false],
    [-299, true],
    [-301, false],
  ])('that is %d seconds old: fresh is %s', (age, fresh) => {
    expect(verifyWebhook(headers(), body, secret, { now: now + age * 1_000 })).toBe(fresh);
  });

  it('is as fresh as its receiver wants it', () => {
    const late = { now: now + 60_000 };
    expect(verifyWebhook(headers(), body, secret, { ...late, toleranceSeconds: 59 })).toBe(false);
    expect(verifyWebhook(headers(), body, secret, { ...late, toleranceSeconds: 61 })).toBe(true);
  });
});
