import { errors, type JWTHeaderParameters, type JWTPayload, jwtVerify } from 'jose';
import { ACCESS_TOKEN_TYPE, type VerifiedToken } from './access-token';
import { type KeySet, SIGNING_ALGORITHMS } from './key-set.interface';

/** Ours are below 1 kB; roles of a host may make them longer. */
const LONGEST_TOKEN = 8_192;
/** A thumbprint has 43 characters. */
const LONGEST_KID = 64;
/** Clocks of machines that are looked after differ by less. */
const MOST_TOLERANCE_S = 60;

export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
  /** Seconds by which clocks may differ, up to 60. Default 0. */
  readonly clockTolerance?: number;
}

/**
 * Verifies access tokens as RFC 8725 asks: a key of the issuer's own set and the one algorithm of that key, exact issuer
 * and audience, and the type that only access tokens carry. Nothing in a token's header leads anywhere but into that set.
 */
export class TokenVerifier {
  constructor(
    private readonly keys: KeySet,
    private readonly rules: TokenRules,
  ) {
    const { clockTolerance = 0 } = rules;
    if (!(clockTolerance >= 0 && clockTolerance <= MOST_TOLERANCE_S))
      throw new Error(`clockTolerance must be 0 to ${MOST_TOLERANCE_S} seconds`);
  }

  /**
   * @returns undefined for a token that is no good, whatever the reason
   * @throws what the key set throws when it can't be read
   */
  async verify(token: string): Promise<VerifiedToken | undefined> {
    if (token.length > LONGEST_TOKEN) return undefined;
    try {
      const { payload, protectedHeader } = await jwtVerify(token, (header) => this.keyFor(header), {
        issuer: this.rules.issuer,
        audience: this.rules.audience,
        clockTolerance: this.rules.clockTolerance ?? 0,
        typ: ACCESS_TOKEN_TYPE,
        algorithms: [...SIGNING_ALGORITHMS],
        requiredClaims: ['exp', 'sub'],
      });
      return readToken(payload, protectedHeader.kid!);
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  private async keyFor({ kid, alg }: JWTHeaderParameters) {
    const isName = typeof kid === 'string' && kid.length <= LONGEST_KID;
    const key = isName ? await this.keys.find(kid) : undefined;
    if (key?.alg !== alg) throw new errors.JWKSNoMatchingKey();
    return key.publicKey;
  }
}

/** @returns undefined for claims that our tokens do not have */
function readToken(claims: JWTPayload, keyId: string): VerifiedToken | undefined {
  const { sub, sid, roles, gen, exp } = claims;
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof gen !== 'number') return undefined;
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === 'string')) return undefined;
  return { user: { userId: sub, sessionId: sid, roles }, generation: gen, expiresAt: exp!, keyId, claims };
}
