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

class SendPolicyDto {
  /** @example 60 */
  readonly cooldown: number;
  /** @example 5 */
  readonly perPhoneAndHour: number;
  /** @example 10 */
  readonly perPhoneAndDay: number;
  /** @example 20 */
  readonly perAddressAndHour: number;
  /** @example 50 */
  readonly perSegmentAndHour: number;
  /** @example 3 */
  readonly liveVerifications: number;
  /** @example 300 */
  readonly requestsPerMinute: number;
  /** @example ["CN"] */
  readonly countries: string[];
}

class TokensPolicyDto {
  /** @example 600 */
  readonly access: number;
  /** @example 2592000 */
  readonly refreshIdle: number;
  /** @example 7776000 */
  readonly refreshAbsolute: number;
  /** @example 10 */
  readonly refreshReuseGrace: number;
}

class RegistrationPolicyDto {
  /** @example ["phone"] */
  readonly required: string[];
}

class TicketPolicyDto {
  /** @example 600 */
  readonly ttl: number;
}

class CaptchaPolicyDto {
  /** @example "risk" */
  readonly mode: string;
  /** @example 180 */
  readonly ttl: number;
  /** @example ["image","pow"] */
  readonly kinds: string[];
}

class PasswordPolicyDto {
  /** @example 8 */
  readonly minLength: number;
  /** @example 128 */
  readonly maxLength: number;
  /** @example 10 */
  readonly triesPerHour: number;
}

class UploadPolicyDto {
  /** @example 5242880 */
  readonly avatarMaxBytes: number;
  /** @example ["image/jpeg","image/png","image/webp"] */
  readonly avatarTypes: string[];
}

class SmsPolicyDto {
  /** @example ["sms","voice"] */
  readonly channels: string[];
  /** @example 5 */
  readonly callTimeout: number;
}

/** Every limit and lifetime in force: counts, and seconds. */
export class PoliciesDto {
  readonly code: CodePolicyDto;
  readonly send: SendPolicyDto;
  readonly tokens: TokensPolicyDto;
  readonly registration: RegistrationPolicyDto;
  readonly ticket: TicketPolicyDto;
  readonly captcha: CaptchaPolicyDto;
  readonly password: PasswordPolicyDto;
  readonly upload: UploadPolicyDto;
  readonly sms: SmsPolicyDto;
}
