import { IsIn, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';

export const CAPTCHA_KINDS = ['image', 'pow'] as const;

/** `image`: letters to read; `pow`: a proof of work that the client computes, with nothing to do for the person. */
export type CaptchaKind = (typeof CAPTCHA_KINDS)[number];

export class CreateCaptchaDto {
  /**
   * `image` for a person to read (the default), `pow` for the client to compute.
   * @example "image"
   */
  @IsOptional()
  @IsIn(CAPTCHA_KINDS)
  readonly kind?: CaptchaKind;
}

/** A solved captcha. It is spent by this use, whether or not the answer is right. */
export class CaptchaAnswerDto {
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10" */
  @IsUUID()
  readonly captchaId: string;

  /**
   * The text of an `image`, in either case; for `pow` ALTCHA's payload (JSON in base64).
   * @example "K4TX9"
   */
  @IsString()
  @MaxLength(4096)
  readonly answer: string;
}

/** What has to be computed, as ALTCHA v2 has it: the first counter whose derived key begins with `keyPrefix`. */
export class CaptchaChallengeParametersDto {
  /** @example "PBKDF2/SHA-256" */
  readonly algorithm: string;
  /**
   * In hex; followed by the counter (4 bytes, big-endian) it is the password.
   * @example "5f0c1a7be29d4c6383b1f4a2d97e6058"
   */
  readonly nonce: string;
  /**
   * In hex.
   * @example "c81e728d9d4c2f636f067f89cc14862c"
   */
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
  readonly keyPrefix: string;
  /** What the server recognises the derived key by. */
  readonly keySignature?: string;
  /**
   * Seconds since the Unix epoch.
   * @example 1795248180
   */
  readonly expiresAt?: number;
  /** Holds the `captchaId` that the challenge belongs to. */
  readonly data?: Record<string, string | number | boolean | null>;
}

/** A challenge for an ALTCHA widget or library. */
export class CaptchaChallengeDto {
  readonly parameters: CaptchaChallengeParametersDto;
  /** Goes back unchanged with the solution. */
  readonly signature: string;
}

/** A captcha to be answered once. */
export class CaptchaDto {
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10" */
  readonly captchaId: string;
  /** @example "image" */
  @IsIn(CAPTCHA_KINDS)
  readonly kind: CaptchaKind;
  /**
   * A PNG of 160 x 60 as a data URL; for `image` only.
   * @example "data:image/png;base64,iVBORw0KGgo="
   */
  readonly image?: string;
  /** For `pow` only. */
  readonly challenge?: CaptchaChallengeDto;
  /**
   * Seconds in which it can be answered.
   * @example 180
   */
  readonly expiresIn: number;
}

/** Development only. */
export class RevealedCaptchaDto {
  /** @example "K4TX9" */
  readonly answer: string;
}
