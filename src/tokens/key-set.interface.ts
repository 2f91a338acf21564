import type { KeyObject } from 'node:crypto';

/** What access tokens may be signed with: asymmetric, and nothing else. The first is the default. */
export const SIGNING_ALGORITHMS = ['ES256', 'EdDSA', 'RS256'] as const;

export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** A public key, good for one algorithm only (RFC 8725 3.1). */
export interface VerificationKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly publicKey: KeyObject;
}

/** The keys that tokens of one issuer are verified with. */
export interface KeySet {
  /**
   * May look for keys that are new, but not each time that somebody asks.
   * @returns undefined for a `kid` that is none of the issuer's
   */
  find(kid: string): Promise<VerificationKey | undefined>;
  /** Whether a key that was found before is still good. Asks no store. */
  has(kid: string): boolean;
}
