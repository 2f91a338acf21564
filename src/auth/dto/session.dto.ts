import { ApiModel, ApiInstant, ApiList, ApiText, ApiUuid } from '../../common/api-fields.decorator';
import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsDefined,
  IsIn,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { asking } from '../../common/validation';
import { CaptchaAnswerDto } from '../../verification/dto/captcha.dto';
import { UserDto } from '../../users/dto/user.dto';

const byPassword = ({ grant }: CreateSessionDto): boolean => grant === 'password';
const withPassword = ({ grant, password }: CreateSessionDto): boolean =>
  grant === 'password' || password !== undefined;
const byCode = ({ grant }: CreateSessionDto): boolean => grant === 'code';

/** What a log-in by password needs. */
export type PasswordGrant = Required<Pick<CreateSessionDto, 'identifier' | 'password'>>;
/** What a log-in by code needs. */
export type CodeGrant = Required<Pick<CreateSessionDto, 'verificationId' | 'code'>> &
  Pick<CreateSessionDto, 'createUser' | 'password'>;

@ApiModel('AuthSessionRequest', '`grant` says which of the other members are needed.')
export class CreateSessionDto {
  /**
   * How the caller proves who they are.
   * @example "code"
   */
  @IsIn(['password', 'code'])
  readonly grant: 'password' | 'code';

  /**
   * grant `password`: user name, phone number or e-mail address.
   * @example "li_lei"
   */
  @ValidateIf(byPassword)
  @IsDefined()
  @IsString()
  @IsNotEmpty()
  @MaxLength(254)
  readonly identifier?: string;

  /**
   * grant `password`; grant `code`: where an account that was not used for long asks for it (SECOND_PROOF_REQUIRED).
   * @example "correct horse battery staple"
   */
  @ValidateIf(withPassword)
  @IsDefined()
  @IsString()
  @IsNotEmpty()
  @MaxLength(512)
  readonly password?: string;

  /**
   * grant `code`: the verification, of purpose `login`.
   * @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10"
   */
  @ValidateIf(byCode)
  @IsDefined()
  @IsString()
  @MaxLength(64)
  readonly verificationId?: string;

  /**
   * grant `code`: the digits as received.
   * @example "042931"
   */
  @ValidateIf(byCode)
  @IsDefined()
  @IsString()
  @Matches(/^[0-9]{6,10}$/, asking('CODE'))
  @ApiText(10)
  readonly code?: string;

  /**
   * grant `code`: make an account when the number has none. Default false.
   * @example false
   */
  @IsOptional()
  @IsBoolean()
  readonly createUser?: boolean;

  /** grant `password`: a solved captcha, where one is asked for (CAPTCHA_REQUIRED). */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => CaptchaAnswerDto)
  readonly captcha?: CaptchaAnswerDto;
}

@ApiModel('AuthRefreshRequest', 'A refresh token to be exchanged.')
export class RefreshSessionDto {
  /**
   * The newest refresh token of the session.
   * @example "gcr_EXAMPLE000000000000000000000000000000000000000000000000000000000000000"
   */
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  readonly refreshToken: string;
}

@ApiModel('AuthSessionTokens', 'A pair of tokens, and whom they speak for.')
export class SessionAnswerDto {
  /**
   * JWT (RFC 9068); the keys are at `/.well-known/jwks.json`.
   * @example "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.EXAMPLE.EXAMPLE"
   */
  @ApiText(4096)
  readonly accessToken: string;
  /** @example "Bearer" */
  @IsIn(['Bearer'])
  readonly tokenType: 'Bearer';
  /**
   * Seconds.
   * @example 600
   */
  readonly expiresIn: number;
  /**
   * Opaque; works once and is replaced by the next answer.
   * @example "gcr_EXAMPLE000000000000000000000000000000000000000000000000000000000000000"
   */
  @ApiText(200, '^gcr_[A-Za-z0-9_-]+$')
  readonly refreshToken: string;
  /**
   * Seconds without a refresh after which the session ends.
   * @example 2592000
   */
  readonly refreshExpiresIn: number;
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a11" */
  @IsUUID()
  @ApiUuid()
  readonly sessionId: string;
  readonly user: UserDto;
}

@ApiModel('AuthSession', 'A session: one device that is signed in.')
export class SessionDto {
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a11" */
  @ApiUuid()
  readonly id: string;
  /**
   * Whether it is the one that asks.
   * @example true
   */
  readonly current: boolean;
  /** @example "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X)" */
  @ApiText(200)
  readonly device: string | null;
  /**
   * Prefix of the address it was last used from.
   * @example "203.0.113.0/24"
   */
  @ApiText(50)
  readonly ip: string | null;
  /** @example "2026-11-21T08:00:00.000Z" */
  @ApiInstant()
  readonly createdAt: string;
  /** @example "2026-11-21T08:10:00.000Z" */
  @ApiInstant()
  readonly lastUsedAt: string;
}

@ApiModel('AuthSessionList', 'Your sessions, newest use first.')
export class SessionListDto {
  @ApiList(100)
  readonly items: SessionDto[];
  /** @example null */
  @ApiText(200)
  readonly nextCursor: string | null;
}
