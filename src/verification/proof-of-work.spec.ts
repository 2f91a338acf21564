import { createChallenge, solveChallenge, type Challenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { ProofOfWork, type ProofOfWorkChallenge } from './proof-of-work';

const easy = { cost: 50, rounds: 20 };
const work = new ProofOfWork(Buffer.alloc(32, 7), easy);
const inThreeMinutes = () => Math.ceil(Date.now() / 1_000) + 180;
const issue = (captchaId = 'a') => work.createChallenge(captchaId, inThreeMinutes());
const encode = (payload: unknown) => Buffer.from(JSON.stringify(payload)).toString('base64');

/** What a client does: it knows the challenge and nothing else. */
async function solve(challenge: Challenge): Promise<string> {
  return encode({ challenge, solution: await solveChallenge({ challenge, deriveKey }) });
}

describe('a proof of work', () => {
  it('is accepted when a client has computed it', async () => {
    const challenge = await issue();
    expect(await work.accepts(challenge, await solve(challenge))).toBe(true);
  });

  it('is accepted by another instance with the same key', async () => {
    const challenge = await issue();
    const elsewhere = new ProofOfWork(Buffer.alloc(32, 7), easy);
    expect(await elsewhere.accepts(challenge, await solve(challenge))).toBe(true);
  });

  it('takes at least half of the rounds, and not more than all', async () => {
    for (let i = 0; i < 20; i++) {
      const solution = await solveChallenge({ challenge: await issue(`captcha ${i}`), deriveKey });
      expect(solution?.counter).toBeGreaterThanOrEqual(10);
      expect(solution?.counter).toBeLessThan(20);
    }
  });

  it('names its captcha in the signed part and shows no counter', async () => {
    const challenge = await issue('a');
    expect(challenge.parameters.data).toEqual({ captchaId: 'a' });
    expect(JSON.stringify(challenge)).not.toContain('counter');
  });

  it('is not accepted for another challenge, even of the same captcha', async () => {
    const [challenge, other, again] = [await issue('a'), await issue('b'), await issue('a')];
    expect(await work.accepts(challenge, await solve(other))).toBe(false);
    expect(await work.accepts(challenge, await solve(again))).toBe(false);
  });

  it('is not accepted when the solution of another challenge stands beside the right one', async () => {
    const challenge = await issue('a');
    const solution = await solveChallenge({ challenge: await issue('b'), deriveKey });
    expect(await work.accepts(challenge, encode({ challenge, solution }))).toBe(false);
  });

  it('is not accepted when the client has made the challenge easier', async () => {
    const challenge = await issue();
    const parameters = { ...challenge.parameters, cost: 1, keyPrefix: '0', keySignature: undefined };
    const solution = await solveChallenge({ challenge: { parameters }, deriveKey });
    expect(await work.accepts(challenge, encode({ challenge: { ...challenge, parameters }, solution }))).toBe(
      false,
    );
  });

  it('is not accepted without its work', async () => {
    const challenge = await issue();
    const derivedKey = challenge.parameters.keyPrefix.padEnd(64, '0');
    expect(await work.accepts(challenge, encode({ challenge, solution: { counter: 15, derivedKey } }))).toBe(
      false,
    );
  });

  it('is not accepted when another key has signed the challenge', async () => {
    const forged = (await createChallenge({
      algorithm: 'PBKDF2/SHA-256',
      cost: 1,
      counter: 1,
      deriveKey,
      hmacSignatureSecret: 'guess',
      hmacKeySignatureSecret: 'guess',
    })) as ProofOfWorkChallenge;
    expect(await work.accepts(forged, await solve(forged))).toBe(false);
  });

  it('is not accepted after the time in the challenge', async () => {
    const challenge = await work.createChallenge('a', Math.floor(Date.now() / 1_000) - 1);
    expect(await work.accepts(challenge, await solve(challenge))).toBe(false);
  });

  it.each([
    ['nothing', ''],
    ['no base64', '\u0000%%%'],
    ['no JSON', Buffer.from('{"challenge"').toString('base64')],
    ['null', encode(null)],
    ['a list', encode([])],
    ['no challenge', encode({ solution: { counter: 1, derivedKey: 'ab' } })],
    ['a challenge that is null', encode({ challenge: null })],
    ['a signature that is a number', encode({ challenge: { signature: 1 } })],
  ])('is not accepted when it is %s', async (_, answer) => {
    expect(await work.accepts(await issue(), answer)).toBe(false);
  });

  it.each([
    ['is missing', undefined],
    ['is null', null],
    ['is a text', 'solved'],
    ['has a list for a key', { counter: 1, derivedKey: ['ab'] }],
    ['has a counter that is no number', { counter: '1', derivedKey: 'ab'.repeat(32) }],
  ])('is not accepted when its solution %s', async (_, solution) => {
    const challenge = await issue();
    expect(await work.accepts(challenge, encode({ challenge, solution }))).toBe(false);
  });

  it('can be solved by the server at once', async () => {
    const challenge = await issue('a');
    expect(await work.accepts(challenge, await work.solve('a', challenge))).toBe(true);
  });
});
