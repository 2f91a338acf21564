import { IsIn, IsNotEmpty, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { ApiList, ApiModel, ApiText, ApiUuid } from '../../common/api-fields.decorator';

/** As long as a header may be. Longer ones are not refused, but are no tokens. */
const LONGEST_TOKEN = 8_192;

/** Documents the form. It is not checked against this class: OAuth lets clients send more, which is to be ignored. */
@ApiModel('AuthTokenQuestion', 'A token that a client asks about, or ends.')
export class TokenFormDto {
  /**
   * An access token or a refresh token.
   * @example "gcr_EXAMPLE000000000000000000000000000000000000000000000000000000000000000"
   */
  @IsString()
  @IsNotEmpty()
  @MaxLength(LONGEST_TOKEN)
  readonly token: string;
  /**
   * Not needed: a token says itself what it is.
   * @example "refresh_token"
   */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  readonly token_type_hint?: string;
  /**
   * Where the client does not send HTTP Basic.
   * @example "shop"
   */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  readonly client_id?: string;
  /**
   * Likewise.
   * @example "EXAMPLE-SECRET-OF-THIRTY-TWO-CHARS"
   */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  readonly client_secret?: string;
}

@ApiModel('AuthIntrospection', 'What a token says (RFC 7662). Of one that is no good, only that.')
export class IntrospectionDto {
  /** @example true */
  readonly active: boolean;
  /**
   * `Bearer` for an access token.
   * @example "Bearer"
   */
  @IsIn(['Bearer', 'refresh_token'])
  readonly token_type?: 'Bearer' | 'refresh_token';
  /** @example "gatecode" */
  @ApiText(200)
  readonly client_id?: string;
  /**
   * The user.
   * @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10"
   */
  @IsUUID()
  @ApiUuid()
  readonly sub?: string;
  /**
   * The session.
   * @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a11"
   */
  @IsUUID()
  @ApiUuid()
  readonly sid?: string;
  /**
   * Seconds since 1970.
   * @example 1795248600
   */
  readonly exp?: number;
  /** @example 1795248000 */
  readonly iat?: number;
  /** @example "gatecode" */
  @ApiText(200)
  readonly iss?: string;
  /** @example "gatecode" */
  @ApiText(200)
  readonly aud?: string;
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a12" */
  @ApiText(64)
  readonly jti?: string;
  /** @example ["user"] */
  @ApiList(50)
  readonly roles?: string[];
  /** @example "li_lei" */
  @ApiText(32)
  readonly username?: string;
}
