import { ApiProperty } from '@nestjs/swagger';
import { ApiModel, ApiList, ApiText } from '../../common/api-fields.decorator';

@ApiModel('OpsCodePolicy', 'Codes.')
class CodePolicyDto {
  /** @example 6 */
  readonly length: number;
  /** @example 300 */
  readonly ttl: number;
  /** @example 5 */
  readonly maxAttempts: number;
  /**
   * Evaluated checks of one number; 0 = no limit, as everywhere here.
   * @example 15
   */
  readonly checksPerHour: number;
}

@ApiModel('OpsSendPolicy', 'Sends.')
class SendPolicyDto {
  /** @example 60 */
  readonly cooldown: number;
  /** @example 5 */
  readonly perPhoneAndHour: number;
  /** @example 10 */
  readonly perPhoneAndDay: number;
  /** @example 20 */
  readonly perAddressAndHour: number;
  /**
   * Accepted sends of an IPv4 /24 or an IPv6 /48.
   * @example 500
   */
  readonly perNetworkAndHour: number;
  /**
   * Sends in one range of numbers that nobody verified.
   * @example 50
   */
  readonly perSegmentAndHour: number;
  /**
   * Seconds between two calls to one number.
   * @example 60
   */
  readonly callCooldown: number;
  /** @example 5 */
  readonly callsPerPhoneAndDay: number;
  /** @example 3 */
  readonly liveVerifications: number;
  /** @example 300 */
  readonly requestsPerMinute: number;
  /** @example ["CN"] */
  @ApiList(50)
  readonly countries: string[];
}

@ApiModel('OpsTokensPolicy', 'Lifetimes of tokens.')
class TokensPolicyDto {
  /** @example 600 */
  readonly access: number;
  /** @example 2592000 */
  readonly refreshIdle: number;
  /** @example 7776000 */
  readonly refreshAbsolute: number;
  /** @example 10 */
  readonly refreshReuseGrace: number;
  /**
   * A step-up lasts that long.
   * @example 300
   */
  readonly stepUp: number;
  /**
   * A signing key is replaced after that long; 0 = only when an operator asks.
   * @example 7776000
   */
  readonly signingKey: number;
}

@ApiModel('OpsRegistrationPolicy', 'Registration in steps.')
class RegistrationPolicyDto {
  /**
   * The steps that can't be left out, in their order.
   * @example ["phone","password","profile"]
   */
  @ApiList(50)
  readonly required: string[];
  /**
   * Seconds from one step to the next, once the number is proven.
   * @example 1800
   */
  readonly ttl: number;
  /**
   * Version of the terms that people consent to by registering.
   * @example "1"
   */
  @ApiText(64)
  readonly policyVersion: string;
}

@ApiModel('OpsAccountPolicy', 'Deleted accounts.')
class AccountPolicyDto {
  /**
   * Seconds for which a deleted account can be brought back, before it is erased for good.
   * @example 604800
   */
  readonly hold: number;
}

@ApiModel('OpsTicketPolicy', 'Tickets.')
class TicketPolicyDto {
  /** @example 600 */
  readonly ttl: number;
}

@ApiModel('OpsCaptchaPolicy', 'Captchas.')
class CaptchaPolicyDto {
  /** @example "risk" */
  @ApiText(16)
  readonly mode: string;
  /** @example 180 */
  readonly ttl: number;
  /** @example ["image","pow"] */
  @ApiList(50)
  readonly kinds: string[];
}

@ApiModel('OpsPasswordPolicy', 'Passwords.')
class PasswordPolicyDto {
  /** @example 8 */
  readonly minLength: number;
  /** @example 128 */
  readonly maxLength: number;
  /** @example 10 */
  readonly triesPerHour: number;
  /**
   * Wrong ones within the hour after which a captcha is asked for, unless the captcha's mode is `never`.
   * @example 3
   */
  readonly captchaAfter: number;
  /**
   * Wrong ones within the hour after which there is a wait between two: 1, 2, 4 … 60 s.
   * @example 5
   */
  readonly delayAfter: number;
  /**
   * Days without use after which a log-in by code needs the password, too; 0 = never.
   * @example 0
   */
  readonly idleAccountDays: number;
}

@ApiModel('OpsUploadPolicy', 'Uploads.')
export class UploadPolicyDto {
  /** @example 5242880 */
  readonly avatarMaxBytes: number;
  /**
   * Width times height.
   * @example 50000000
   */
  readonly avatarMaxPixels: number;
  /** @example ["image/jpeg","image/png","image/webp"] */
  @ApiList(50)
  readonly avatarTypes: string[];
  /**
   * Uploads that one user begins within 24 hours; 0 = no limit.
   * @example 100
   */
  readonly perDay: number;
  /**
   * Uploads of one user that are begun and not judged; 0 = no limit.
   * @example 10
   */
  readonly open: number;
  /**
   * Seconds for which leave to upload holds.
   * @example 600
   */
  readonly ticketTtl: number;
  /**
   * Seconds after which an upload that nobody used goes.
   * @example 86400
   */
  readonly unusedTtl: number;
  /**
   * Seconds for which a signed URL of a picture holds at least; public ones hold for as long as the picture.
   * @example 3600
   */
  readonly signedUrlTtl: number;
  /**
   * Seconds for which an upload that came to nothing can still be asked for.
   * @example 604800
   */
  readonly retention: number;
}

@ApiModel('OpsIdempotencyPolicy', 'Answers that are kept for requests with an Idempotency-Key.')
class IdempotencyPolicyDto {
  /**
   * Seconds for which an answer is kept.
   * @example 86400
   */
  readonly ttl: number;
  /**
   * Seconds for which a refusal is kept, and any answer of a caller that has its share.
   * @example 600
   */
  readonly refusalTtl: number;
  /**
   * The share of one caller: answers that are kept for the whole time.
   * @example 1000
   */
  readonly answersPerCaller: number;
}

@ApiModel('OpsSmsPolicy', 'Messages.')
class SmsPolicyDto {
  /** @example ["sms","voice"] */
  @ApiList(50)
  readonly channels: string[];
  /** @example 5 */
  @ApiProperty({ format: 'double', maximum: 60 })
  readonly callTimeout: number;
}

@ApiModel('OpsPolicies', 'Every limit and lifetime in force: counts, and seconds.')
export class PoliciesDto {
  readonly code: CodePolicyDto;
  readonly send: SendPolicyDto;
  readonly tokens: TokensPolicyDto;
  readonly registration: RegistrationPolicyDto;
  readonly account: AccountPolicyDto;
  readonly ticket: TicketPolicyDto;
  readonly captcha: CaptchaPolicyDto;
  readonly password: PasswordPolicyDto;
  /** Null where nothing can be uploaded. */
  readonly upload: UploadPolicyDto | null;
  readonly idempotency: IdempotencyPolicyDto;
  readonly sms: SmsPolicyDto;
}
