import { ApiModel, ApiCount, ApiInstant, ApiText, ApiUuid } from '../../common/api-fields.decorator';
import { Type } from 'class-transformer';
import { IsIn, IsObject, IsOptional, IsString, Matches, MaxLength, ValidateNested } from 'class-validator';
import { asking } from '../../common/validation';
import { PURPOSES, type Purpose } from '../purpose';
import type { Channel } from '../../sms/sms-provider.interface';
import { CaptchaAnswerDto } from './captcha.dto';

@ApiModel('VerificationStartRequest', 'Whom to send a code, and what for.')
export class StartVerificationDto {
  /**
   * A mobile number of an enabled country, in any usual spelling.
   * @example "13800138000"
   */
  @IsString()
  @MaxLength(40)
  readonly phone: string;

  /**
   * What the code is for; it serves nothing else.
   * @example "login"
   */
  @IsIn(PURPOSES)
  readonly purpose: Purpose;

  /**
   * How the code travels. Default `sms`.
   * @example "sms"
   */
  @IsOptional()
  @IsIn(['sms', 'voice'])
  readonly channel?: Channel;

  /** A solved captcha, where one is asked for. */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => CaptchaAnswerDto)
  readonly captcha?: CaptchaAnswerDto;
}

@ApiModel('VerificationResendRequest', 'How the code travels this time.')
export class ResendVerificationDto {
  /**
   * How the code travels this time. Default: as before.
   * @example "sms"
   */
  @IsOptional()
  @IsIn(['sms', 'voice'])
  readonly channel?: Channel;
}

@ApiModel('VerificationCheckRequest', 'A code to be judged.')
export class CheckVerificationDto {
  /**
   * The code as received.
   * @example "042931"
   */
  @IsString()
  @Matches(/^[0-9]{6,10}$/, asking('CODE'))
  @ApiText(10)
  readonly code: string;
}

export const VERIFICATION_STATUSES = [
  'queued',
  'sent',
  'delivered',
  'failed',
  'unknown',
  'verified',
  'expired',
  'exhausted',
] as const;

export type VerificationStatus = (typeof VERIFICATION_STATUSES)[number];

@ApiModel('VerificationState', 'Where a verification stands.')
export class VerificationDto {
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10" */
  @ApiUuid()
  readonly verificationId: string;
  /**
   * What became of the newest message, or how the verification ended.
   * @example "queued"
   */
  @IsIn(VERIFICATION_STATUSES)
  readonly status: VerificationStatus;
  /** @example "login" */
  @IsIn(PURPOSES)
  readonly purpose: Purpose;
  /** @example "sms" */
  @IsIn(['sms', 'voice'])
  readonly channel: Channel;
  /** @example 6 */
  @ApiCount({ minimum: 6, maximum: 10 })
  readonly codeLength: number;
  /** @example "2026-11-21T08:05:00.000Z" */
  @ApiInstant()
  readonly expiresAt: string;
  /**
   * Before this instant no further message goes to the number.
   * @example "2026-11-21T08:01:00.000Z"
   */
  @ApiInstant()
  readonly resendAvailableAt: string;
  /** @example 5 */
  @ApiCount({ maximum: 10 })
  readonly attemptsRemaining: number;
}

@ApiModel('VerificationTicket', 'What a right code was exchanged for.')
export class TicketDto {
  /**
   * Single use, for the purpose and the number it was proven for.
   * @example "gct_EXAMPLE0000000000000000000000000000000000000"
   */
  @ApiText(200, '^gct_[A-Za-z0-9_-]+$')
  readonly ticket: string;
  /** @example "register" */
  @IsIn(PURPOSES)
  readonly purpose: Purpose;
  /** @example "2026-11-21T08:11:00.000Z" */
  @ApiInstant()
  readonly expiresAt: string;
}
