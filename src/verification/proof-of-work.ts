import { createHmac, timingSafeEqual } from 'node:crypto';
import { createChallenge, solveChallenge, verifySolution, type Challenge, type Payload } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';

/** How much a client has to compute: `cost` times a number of rounds that lies between half of `rounds` and `rounds`. */
export interface ProofOfWorkDifficulty {
  /** Iterations of PBKDF2/SHA-256 in one round; what making a challenge costs the server, too. */
  readonly cost: number;
  readonly rounds: number;
}

/** A million iterations: about 0.3 s on a laptop's core and up to 1 s on a phone's. */
export const DEFAULT_DIFFICULTY: ProofOfWorkDifficulty = { cost: 2_000, rounds: 500 };

/** A challenge as the client gets it: signed, so that it can be recognised, and with no secret in it. */
export type ProofOfWorkChallenge = Required<Pick<Challenge, 'parameters' | 'signature'>>;

/**
 * Proofs of work as ALTCHA v2 has them, with a known counter: the server computes one round, the client hundreds.
 * Source: https://altcha.org/docs/v2/proof-of-work-captcha
 */
export class ProofOfWork {
  private readonly signingKeys: { hmacSignatureSecret: string; hmacKeySignatureSecret: string };

  /** @param key 32 bytes, the `captcha` sub-key */
  constructor(
    private readonly key: Buffer,
    private readonly difficulty: ProofOfWorkDifficulty = DEFAULT_DIFFICULTY,
  ) {
    this.signingKeys = {
      hmacSignatureSecret: this.digest('pow-challenge').toString('hex'),
      hmacKeySignatureSecret: this.digest('pow-solution').toString('hex'),
    };
  }

  /**
   * @param captchaId goes into the signed challenge, which belongs to this captcha only
   * @param expiresAt seconds since the Unix epoch
   */
  async createChallenge(captchaId: string, expiresAt: number): Promise<ProofOfWorkChallenge> {
    const { parameters, signature = '' } = await createChallenge({
      ...this.signingKeys,
      algorithm: 'PBKDF2/SHA-256',
      cost: this.difficulty.cost,
      counter: this.counterOf(captchaId),
      deriveKey,
      data: { captchaId },
      expiresAt,
    });
    return { parameters, signature };
  }

  /**
   * @param challenge the one that was handed out; nothing of the answer is taken for it
   * @param answer ALTCHA's payload: `{challenge, solution}` as JSON in base64
   */
  async accepts(challenge: ProofOfWorkChallenge, answer: string): Promise<boolean> {
    const payload = decode(answer);
    if (!payload || !sameText(payload.challenge.signature, challenge.signature)) return false;
    const { solution } = payload;
    const { verified } = await verifySolution({ ...this.signingKeys, challenge, solution, deriveKey });
    return verified;
  }

  /** What a client would answer, without its work: the counter follows from the captcha's id. For development. */
  async solve(captchaId: string, challenge: ProofOfWorkChallenge): Promise<string> {
    const solution = await solveChallenge({
      challenge,
      deriveKey,
      counterStart: this.counterOf(captchaId),
    });
    return Buffer.from(JSON.stringify({ challenge, solution })).toString('base64');
  }

  private counterOf(captchaId: string): number {
    const half = Math.ceil(this.difficulty.rounds / 2);
    return half + (this.digest(`pow-counter:${captchaId}`).readUInt32BE() % half);
  }

  private digest(message: string): Buffer {
    return createHmac('sha256', this.key).update(message, 'utf8').digest();
  }
}

interface SignedPayload extends Payload {
  readonly challenge: ProofOfWorkChallenge;
}

function decode(answer: string): SignedPayload | undefined {
  try {
    const payload: unknown = JSON.parse(Buffer.from(answer, 'base64').toString('utf8'));
    return isSignedPayload(payload) ? payload : undefined;
  } catch {
    return undefined;
  }
}

/** Looks at what is read before verifySolution, which bears any kind of solution. */
function isSignedPayload(payload: unknown): payload is SignedPayload {
  return typeof (payload as Partial<SignedPayload> | null)?.challenge?.signature === 'string';
}

function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
