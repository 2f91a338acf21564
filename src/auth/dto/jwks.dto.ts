import { ApiModel, ApiList, ApiText } from '../../common/api-fields.decorator';
@ApiModel('AuthJwk', 'A public key (RFC 7517).')
export class JwkDto {
  /** @example "EC" */
  @ApiText(100)
  readonly kty: string;
  /** @example "P-256" */
  @ApiText(100)
  readonly crv: string;
  /** @example "p2wkHYUugJ0Zohu1J0SjOrRg-As3glvHLxG9zF-C-yQ" */
  @ApiText(100)
  readonly x: string;
  /** @example "iuR4KPv9D0d2z84Jkx9L5aF5AQlGDAO41wsCFz011Sw" */
  @ApiText(100)
  readonly y: string;
  /**
   * JWK thumbprint (RFC 7638).
   * @example "JG7oBP3lysHr7RWzLIMf7_AaVJ0ImQv7H3KnrarGrE0"
   */
  @ApiText(100)
  readonly kid: string;
  /** @example "sig" */
  @ApiText(100)
  readonly use: string;
  /** @example "ES256" */
  @ApiText(100)
  readonly alg: string;
}

@ApiModel('AuthJwkSet', 'The keys that access tokens are verified with (RFC 7517).')
export class JwksDto {
  @ApiList(20)
  readonly keys: JwkDto[];
}
