import { ApiModel, ApiInstant, ApiList, ApiText, ApiUuid } from '../../common/api-fields.decorator';
import { IsIn, IsInt, IsISO8601, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { Type } from 'class-transformer';

@ApiModel('SmsInboxQuery', 'Which messages are wanted.')
export class InboxQueryDto {
  /**
   * Only messages to this number, in any spelling the API takes.
   * @example "13800138000"
   */
  @IsOptional()
  @IsString()
  @MaxLength(40)
  readonly to?: string;

  /**
   * Only messages of this purpose.
   * @example "login"
   */
  @IsOptional()
  @IsString()
  @MaxLength(32)
  readonly purpose?: string;

  /**
   * Only messages created after this instant (RFC 3339).
   * @example "2026-11-21T08:00:00Z"
   */
  @IsOptional()
  @IsISO8601({ strict: true })
  @ApiInstant()
  readonly after?: string;
}

@ApiModel('SmsLatestInboxQuery', 'Which message is wanted, and how long to wait for it.')
export class LatestInboxQueryDto extends InboxQueryDto {
  /**
   * How long to wait for such a message, milliseconds.
   * @example 5000
   */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(30_000)
  readonly waitMs?: number;
}

@ApiModel('SmsInboxMessage', 'A message that the inbox took instead of a gateway.')
export class InboxMessageDto {
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10" */
  @ApiUuid()
  readonly id: string;
  /**
   * E.164.
   * @example "+8613800138000"
   */
  @ApiText(16)
  readonly to: string;
  /**
   * The verification code in it; null when the message has none.
   * @example "042931"
   */
  @ApiText(10, '^[0-9]{6,10}$')
  readonly code: string | null;
  /** @example "login" */
  @ApiText(32)
  readonly purpose: string;
  /** @example "inbox" */
  @ApiText(32)
  readonly provider: string;
  /**
   * The text as a phone would show it.
   * @example "【Gatecode】您正在登录，验证码042931，5分钟内有效，请勿告诉他人。"
   */
  @ApiText(1000)
  readonly rendered: string;
  /** @example "2026-11-21T08:00:00.000Z" */
  @ApiInstant()
  readonly createdAt: string;
  /** @example "accepted" */
  @IsIn(['accepted'])
  readonly status: string;
}

@ApiModel('SmsInboxMessageList', 'What the inbox took.')
export class InboxMessageListDto {
  /** Newest first. */
  @ApiList(500)
  readonly items: InboxMessageDto[];
}
