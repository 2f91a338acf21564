import type { AuthenticatedUser } from '../common/authenticated-user';

/** Media type of access tokens (RFC 9068 2.1): tells them from every other JWT. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/** Claims of our access tokens (RFC 9068 2.2) beyond `iss`, `aud`, `exp`, `iat` and `jti`. */
export interface AccessTokenClaims {
  readonly sub: string;
  readonly sid: string;
  readonly roles: readonly string[];
  readonly client_id: string;
  readonly auth_time: number;
  readonly amr: readonly string[];
  /** Generation of the user's tokens; an earlier one than the user's is no good any more. */
  readonly gen: number;
}

/** What a good token says. */
export interface VerifiedToken {
  readonly user: AuthenticatedUser;
  /** Generation of the user's tokens. */
  readonly generation: number;
  /** `exp`, seconds since the epoch. */
  readonly expiresAt: number;
  /** `kid` of the key that signed it. */
  readonly keyId: string;
  readonly claims: Readonly<Record<string, unknown>>;
}
