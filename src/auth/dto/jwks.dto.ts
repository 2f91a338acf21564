import { ApiList, ApiModel, ApiText } from '../../common/api-fields.decorator';

@ApiModel('AuthJwk', 'A public key (RFC 7517). Which members it has depends on `kty`.')
export class JwkDto {
  /**
   * `EC` (ES256), `OKP` (EdDSA) or `RSA` (RS256).
   * @example "EC"
   */
  @ApiText(10)
  readonly kty: string;
  /** @example "P-256" */
  @ApiText(10)
  readonly crv?: string;
  /** @example "p2wkHYUugJ0Zohu1J0SjOrRg-As3glvHLxG9zF-C-yQ" */
  @ApiText(100)
  readonly x?: string;
  /** @example "iuR4KPv9D0d2z84Jkx9L5aF5AQlGDAO41wsCFz011Sw" */
  @ApiText(100)
  readonly y?: string;
  /**
   * `RSA`: the modulus.
   * @example "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
   */
  @ApiText(1000)
  readonly n?: string;
  /** @example "AQAB" */
  @ApiText(10)
  readonly e?: string;
  /**
   * JWK thumbprint (RFC 7638).
   * @example "JG7oBP3lysHr7RWzLIMf7_AaVJ0ImQv7H3KnrarGrE0"
   */
  @ApiText(64)
  readonly kid: string;
  /** @example "sig" */
  @ApiText(10)
  readonly use: string;
  /**
   * The one algorithm that the key is for.
   * @example "ES256"
   */
  @ApiText(10)
  readonly alg: string;
}

@ApiModel('AuthJwkSet', 'The keys that access tokens are verified with (RFC 7517).')
export class JwksDto {
  @ApiList(20)
  readonly keys: JwkDto[];
}
