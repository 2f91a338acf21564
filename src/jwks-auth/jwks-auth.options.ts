import type { JsonWebKey } from 'node:crypto';

/** Where keys come from: the issuer's `/.well-known/jwks.json`, or a set that is given. */
export type JwksSource =
  | {
      /** https; plain http for this machine only, unless `plainHttp` says otherwise. */
      readonly url: string;
      /** For a network that nobody else is in. */
      readonly plainHttp?: boolean;
    }
  | { readonly keys: readonly JsonWebKey[] };

/** What JwksAuthModule needs to know. */
export interface JwksAuthModuleOptions {
  /** `JWT_ISSUER` of the service that issues the tokens. */
  readonly issuer: string;
  /** Its `JWT_AUDIENCE`. */
  readonly audience: string;
  readonly jwks: JwksSource;
  /**
   * Whether tokens die when their session, generation or key ends, and not only when they expire. It is heard through the
   * host's RedisModule, of the same server and prefix as the issuer's.
   *
   * - `off`: not.
   * - `follow`: within two seconds. While Redis is gone, tokens that ended meanwhile are accepted.
   * - `require`: likewise, but when Redis has not been heard of for five seconds, all tokens are answered 503.
   *
   * Default: `follow` where the host has a RedisModule, else `off`.
   */
  readonly revocations?: 'off' | 'follow' | 'require';
  /** Seconds by which clocks may differ, up to 60. Default 5. */
  readonly clockTolerance?: number;
}

/** Injection token for {@link JwksAuthModuleOptions}. */
export const JWKS_AUTH_OPTIONS = Symbol.for('gatecode:JWKS_AUTH_OPTIONS');
