/** A public key (RFC 7517). */
export class JwkDto {
  /** @example "EC" */
  readonly kty: string;
  /** @example "P-256" */
  readonly crv: string;
  /** @example "p2wkHYUugJ0Zohu1J0SjOrRg-As3glvHLxG9zF-C-yQ" */
  readonly x: string;
  /** @example "iuR4KPv9D0d2z84Jkx9L5aF5AQlGDAO41wsCFz011Sw" */
  readonly y: string;
  /**
   * JWK thumbprint (RFC 7638).
   * @example "JG7oBP3lysHr7RWzLIMf7_AaVJ0ImQv7H3KnrarGrE0"
   */
  readonly kid: string;
  /** @example "sig" */
  readonly use: string;
  /** @example "ES256" */
  readonly alg: string;
}

export class JwksDto {
  readonly keys: JwkDto[];
}
