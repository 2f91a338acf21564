import { ApiModel, ApiCount, ApiText, ApiUuid } from '../../common/api-fields.decorator';
import { IsIn, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';

export const CAPTCHA_KINDS = ['image', 'pow'] as const;

/** `image`: letters to read; `pow`: a proof of work that the client computes, with nothing to do for the person. */
export type CaptchaKind = (typeof CAPTCHA_KINDS)[number];

@ApiModel('VerificationCaptchaRequest', 'Which captcha is wanted.')
export class CreateCaptchaDto {
  /**
   * `image` for a person to read (the default), `pow` for the client to compute.
   * @example "image"
   */
  @IsOptional()
  @IsIn(CAPTCHA_KINDS)
  readonly kind?: CaptchaKind;
}

@ApiModel(
  'VerificationCaptchaAnswer',
  'A solved captcha. It is spent by this use, whether or not the answer is right.',
)
export class CaptchaAnswerDto {
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10" */
  @IsUUID()
  @ApiUuid()
  readonly captchaId: string;

  /**
   * The text of an `image`, in either case; for `pow` ALTCHA's payload (JSON in base64).
   * @example "K4TX9"
   */
  @IsString()
  @MaxLength(4096)
  readonly answer: string;
}

@ApiModel(
  'VerificationCaptchaChallengeParameters',
  'What has to be computed, as ALTCHA v2 has it: the first counter whose derived key begins with `keyPrefix`.',
)
export class CaptchaChallengeParametersDto {
  /** @example "PBKDF2/SHA-256" */
  @ApiText(40)
  readonly algorithm: string;
  /**
   * In hex; followed by the counter (4 bytes, big-endian) it is the password.
   * @example "5f0c1a7be29d4c6383b1f4a2d97e6058"
   */
  @ApiText(128, '^[0-9a-f]+$')
  readonly nonce: string;
  /**
   * In hex.
   * @example "c81e728d9d4c2f636f067f89cc14862c"
   */
  @ApiText(128, '^[0-9a-f]+$')
  readonly salt: string;
  /**
   * Iterations.
   * @example 2000
   */
  readonly cost: number;
  /**
   * Length of the derived key in bytes.
   * @example 32
   */
  readonly keyLength: number;
  /**
   * In hex.
   * @example "1f0e3dad99908345f7439f8ffabdffc4"
   */
  @ApiText(128, '^[0-9a-f]+$')
  readonly keyPrefix: string;
  /** What the server recognises the derived key by. */
  @ApiText(512)
  readonly keySignature?: string;
  /**
   * Seconds since the Unix epoch.
   * @example 1795248180
   */
  @ApiCount({ maximum: Number.MAX_SAFE_INTEGER })
  readonly expiresAt?: number;
  /** Holds the `captchaId` that the challenge belongs to. */
  readonly data?: Record<string, string | number | boolean | null>;
}

@ApiModel('VerificationCaptchaChallenge', 'A challenge for an ALTCHA widget or library.')
export class CaptchaChallengeDto {
  readonly parameters: CaptchaChallengeParametersDto;
  /** Goes back unchanged with the solution. */
  @ApiText(512)
  readonly signature: string;
}

@ApiModel('VerificationCaptcha', 'A captcha to be answered once.')
export class CaptchaDto {
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10" */
  @ApiUuid()
  readonly captchaId: string;
  /** @example "image" */
  @IsIn(CAPTCHA_KINDS)
  readonly kind: CaptchaKind;
  /**
   * A PNG of 160 x 60 as a data URL; for `image` only.
   * @example "data:image/png;base64,iVBORw0KGgo="
   */
  @ApiText(65_536, '^data:image/png;base64,[A-Za-z0-9+/]+=*$')
  readonly image?: string;
  /** For `pow` only. */
  readonly challenge?: CaptchaChallengeDto;
  /**
   * Seconds in which it can be answered.
   * @example 180
   */
  readonly expiresIn: number;
}

@ApiModel('VerificationRevealedCaptcha', 'The answer of a captcha. Development only.')
export class RevealedCaptchaDto {
  /** @example "K4TX9" */
  @ApiText(4096)
  readonly answer: string;
}
